namespace Optim;

/// <summary>AdamW with Nesterov's momentum.</summary>
/// <formula>
/// m = b1 m + (1 - b1) g
/// v = b2 v + (1 - b2) g^2
/// n = b1 m + (1 - b1) g
/// p = p - lr (n / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps) + wd p)
/// </formula>
/// <paper>Dozat 2016, Incorporating Nesterov Momentum into Adam; Loshchilov and Hutter 2019, Decoupled Weight Decay Regularization</paper>
/// <definition>The MLCommons AlgoPerf baseline, as pytorch-image-models has it.</definition>
/// <differs>
/// Dozat's paper and PyTorch's NAdam let the momentum rise on a schedule and correct its two terms separately: NAdam with DecoupledWeightDecay.
/// </differs>
/// <remarks>
/// Definition: pytorch-image-models' <c>NAdamW</c>, after the MLCommons AlgoPerf baseline (Dozat 2016; Loshchilov and Hutter 2019): one more turn of the mean
/// in place of <see cref="NAdam"/>'s schedule of momenta, and the same bias correction for both, although n has seen t + 1 gradients. Slots: <c>exp_avg</c>,
/// <c>exp_avg_sq</c>.
/// </remarks>
[RegisteredRule("nadamw", "NAdamW", StartingRate = 0.01)]
public sealed partial record NAdamW : Rule
{
    /// <summary>lr, 0 or more. Default 0.001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1e-3;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-8;

    /// <summary>wd, decoupled weight decay, 0 or more. Default 0.01.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0.01;

    /// <summary>Whether the sign of the gradient is turned first, so that the rule ascends. Default false.</summary>
    public bool Maximize { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => NAdamWFormula.Slots;

    /// <inheritdoc/>
    public override Composition DeclareComposition() => Composition.Of(Maximize);

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.ApplyGradientTerms(Maximize, weightDecay: 0);
        plan.ApplyAtRate(new NAdamWFormula<T>(new AdamScalars<T>(at.Beta1, at.Beta2, at.Epsilon, plan.Step)), at.LearningRate, at.WeightDecay);
    }
}

/// <summary>m and v as in <see cref="AdamFormula{T}"/>, and its direction with <c>n = b1 m + (1 - b1) g</c> in place of m.</summary>
[Formula]
internal readonly partial struct NAdamWFormula<T>(AdamScalars<T> at)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L exp_avg, ref L exp_avg_sq)
        where L : struct, ILane<L, T>
    {
        exp_avg = at.Mean(exp_avg, update);
        exp_avg_sq = at.MeanSquare(exp_avg_sq, update);
        return at.Direction(at.Mean(exp_avg, update), exp_avg_sq);
    }
}
