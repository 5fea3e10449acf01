namespace Optim;

/// <summary>Adam with a second moment that changes slowly.</summary>
/// <formula>
/// g += wd p
/// m = b1 m + (1 - b1) g
/// v -= (1 - b2) sign(v - g^2) g^2
/// p -= lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)
/// </formula>
/// <paper>Zaheer, Reddi, Sachan, Kale and Kumar 2018, Adaptive Methods for Nonconvex Optimization</paper>
/// <definition>TensorFlow Addons', as in jettify's torch_optimizer: both moments start from the initial accumulator and are corrected for bias.</definition>
/// <differs>The paper's algorithm 2 starts m from 0 and corrects nothing: InitialMean and BiasCorrection off.</differs>
/// <remarks>
/// Both moments start from <see cref="InitialAccumulator"/> and are corrected for bias as Adam's are. The paper's algorithm 2 does neither:
/// <see cref="BiasCorrection"/> and <see cref="InitialMean"/> off. The weight decay is L2. Slots: <c>exp_avg</c>, <c>exp_avg_sq</c>.
/// </remarks>
[RegisteredRule("yogi", "Yogi", StartingRate = 0.01)]
public sealed partial record Yogi : Rule
{
    /// <summary>lr, 0 or more. Default 0.01.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 0.01;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.999;

    /// <summary>eps, 0 or more. Default 0.001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-3;

    /// <summary>What v starts from, 0 or more. Default 1e-6.</summary>
    [Range(Bounds.NonNegative)] public partial double InitialAccumulator { get; init; } = 1e-6;

    /// <summary>Whether m starts from <see cref="InitialAccumulator"/> too, as in TensorFlow Addons, rather than from 0. Default true.</summary>
    public bool InitialMean { get; init; } = true;

    /// <summary>Whether both moments are divided by <c>1 - b^t</c>. Default true.</summary>
    public bool BiasCorrection { get; init; } = true;

    /// <summary>wd, L2 regularisation added to the gradient, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() =>
        [new("exp_avg", InitialMean ? InitialAccumulator : 0), new("exp_avg_sq", InitialAccumulator)];

    /// <inheritdoc/>
    public override bool CountsSteps() => BiasCorrection;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        var scalars = new AdamScalars<T>(at.Beta1, at.Beta2, at.Epsilon, plan.Step, BiasCorrection);
        plan.ApplyGradientTerms(maximize: false, at.WeightDecay);
        plan.Apply(Formula.Then<T, YogiFormula<T>, ScaleFormula<T>>(new(scalars, at.Beta2), new(at.LearningRate)));
    }
}

[Formula]
internal readonly partial struct YogiFormula<T>(AdamScalars<T> at, double beta2)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;
    private readonly T gain2 = T.CreateTruncating(1 - beta2), largest = Exact.Saturated<T>(double.MaxValue);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L exp_avg, ref L exp_avg_sq)
        where L : struct, ILane<L, T>
    {
        exp_avg = at.Mean(exp_avg, update);

        // Where the square would be infinite, so would v be, and the difference of the two NaN.
        var square = L.Min(update * update, L.Broadcast(largest));
        exp_avg_sq = L.FusedMultiplyAdd(L.Sign(square - exp_avg_sq), square * gain2, exp_avg_sq);
        return at.Direction(exp_avg, exp_avg_sq);
    }
}
