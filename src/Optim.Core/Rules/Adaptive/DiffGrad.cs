namespace Optim;

/// <summary>Adam that slows down where the gradient changes little.</summary>
/// <formula>
/// g += wd p
/// m = b1 m + (1 - b1) g
/// v = b2 v + (1 - b2) g^2
/// x = 1 / (1 + e^-|g - g_before|)
/// u = x m / (1 - b1^t) sqrt(1 - b2^t) / (sqrt(v) + eps)
/// p -= lr u
/// </formula>
/// <paper>Dubey, Chakraborty, Roy, Mukherjee, Singh, Chaudhuri 2020, diffGrad: an optimization method for convolutional neural networks</paper>
/// <definition>The authors' code and its ports: epsilon on the uncorrected root.</definition>
/// <differs>The paper adds eps to the corrected root: EpsilonAfterCorrection = true. One popular port does not correct v.</differs>
/// <remarks>Slots: <c>exp_avg</c>, <c>exp_avg_sq</c>, <c>previous_grad</c>.</remarks>
[RegisteredRule("diffgrad", "DiffGrad", StartingRate = 0.01)]
public sealed partial record DiffGrad : Rule
{
    /// <summary>lr, 0 or more. Default 0.001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1e-3;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-8;

    /// <summary>Whether epsilon is added to the corrected root, <c>sqrt(v / (1 - b2^t)) + eps</c>, as in the paper and in <see cref="Adam"/>. Default false.</summary>
    public bool EpsilonAfterCorrection { get; init; }

    /// <summary>wd, L2 regularisation added to the gradient, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => DiffGradFormula.Slots;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.ApplyGradientTerms(maximize: false, at.WeightDecay);
        plan.ApplyAtRate(
            new DiffGradFormula<T>(AdamScalars<T>.InFront(at.Beta1, at.Beta2, at.Epsilon, plan.Step, EpsilonAfterCorrection)),
            at.LearningRate);
    }
}

[Formula]
internal readonly partial struct DiffGradFormula<T>(AdamScalars<T> at)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L exp_avg, ref L exp_avg_sq, ref L previous_grad)
        where L : struct, ILane<L, T>
    {
        exp_avg = at.Mean(exp_avg, update);
        exp_avg_sq = at.MeanSquare(exp_avg_sq, update);
        var friction = Exponential.Sigmoid<L, T>(L.Abs(previous_grad - update));
        previous_grad = update;
        return at.Corrected(exp_avg) * friction / at.Root(exp_avg_sq);
    }
}
