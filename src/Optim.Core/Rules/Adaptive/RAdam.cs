namespace Optim;

/// <summary>Adam that follows the mean alone until its second moment can be trusted.</summary>
/// <formula>
/// g = g + wd p
/// m = b1 m + (1 - b1) g
/// v = b2 v + (1 - b2) g^2
/// R = 2 / (1 - b2) - 1
/// rho = R - 2 t b2^t / (1 - b2^t)
/// r = sqrt((rho - 4) (rho - 2) R / ((R - 4) (R - 2) rho))
/// p = p - lr r m / (1 - b1^t) sqrt(1 - b2^t) / (sqrt(v) + eps) where rho &gt; 5
/// p = p - lr m / (1 - b1^t) elsewhere
/// </formula>
/// <paper>Liu, Jiang, He, Chen, Liu, Gao and Han 2020, On the Variance of the Adaptive Learning Rate and Beyond</paper>
/// <definition>PyTorch's RAdam: rectified where rho &gt; 5, the corrected mean before that, epsilon added to the uncorrected root.</definition>
/// <differs>
/// The paper rectifies where rho &gt; 4: PaperThreshold. The authors' code does not move before the threshold (SkipUnrectified) and decouples the decay
/// (DecoupledWeightDecay).
/// </differs>
/// <remarks>
/// The first rectified step is the sixth for the usual b2. The authors' code rectifies from rho &gt;= 5 on (which differs from this for b2 = 2/3 alone),
/// decouples the weight decay, and by default does not move before: <see cref="DecoupledWeightDecay"/> and <see cref="SkipUnrectified"/>. With b2 of 0.6 or
/// less (2/3 or less without <see cref="PaperThreshold"/>) no step is ever rectified. Slots: <c>exp_avg</c>, <c>exp_avg_sq</c>.
/// </remarks>
[RegisteredRule("radam", "RAdam", StartingRate = 0.01)]
public sealed partial record RAdam : Rule
{
    /// <summary>lr, 0 or more. Default 0.001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1e-3;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-8;

    /// <summary>wd, 0 or more; L2 regularisation added to the gradient, unless <see cref="DecoupledWeightDecay"/>. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>Whether the decay is taken from the parameter itself, <c>p -= lr wd p</c>, and never enters the moments. Default false.</summary>
    public bool DecoupledWeightDecay { get; init; }

    /// <summary>
    /// Whether a step is rectified as soon as rho &gt; 4, where r becomes real, as in the paper: from the fifth step on for the usual b2.
    /// Default false: rho &gt; 5.
    /// </summary>
    public bool PaperThreshold { get; init; }

    /// <summary>
    /// Whether steps before the threshold leave the parameters alone, decay included, as the authors' code does by default. Default false:
    /// they follow the corrected mean.
    /// </summary>
    public bool SkipUnrectified { get; init; }

    /// <summary>Whether the sign of the gradient is turned first, so that the rule ascends. Default false.</summary>
    public bool Maximize { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => CorrectedMeanFormula.Slots;

    /// <inheritdoc/>
    public override Composition DeclareComposition() => Composition.Of(Maximize);

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        var scalars = new AdamScalars<T>(at.Beta1, at.Beta2, at.Epsilon, plan.Step);
        double decoupled = DecoupledWeightDecay ? at.WeightDecay : 0;
        plan.ApplyGradientTerms(Maximize, DecoupledWeightDecay ? 0 : at.WeightDecay);
        var rectification = new Rectification(at.Beta2, plan.Step);
        if (rectification.Length > (PaperThreshold ? 4 : 5))
        {
            double correction = Math.Sqrt(Exact.OneMinusPower(at.Beta2, plan.Step)) / Exact.OneMinusPower(at.Beta1, plan.Step);
            plan.ApplyAtRate(new UncorrectedAdamFormula<T>(scalars, rectification.Factor * correction), at.LearningRate, decoupled);
        }
        else if (SkipUnrectified)
        {
            plan.Apply(Formula.Then<T, CorrectedMeanFormula<T>, ZeroFormula<T>>(new(scalars), default));
        }
        else
        {
            plan.ApplyAtRate(new CorrectedMeanFormula<T>(scalars), at.LearningRate, decoupled);
        }
    }
}

/// <summary>m and v as in <see cref="AdamFormula{T}"/>; the direction <c>m / (1 - b1^t)</c>.</summary>
[Formula]
internal readonly partial struct CorrectedMeanFormula<T>(AdamScalars<T> at)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L exp_avg, ref L exp_avg_sq)
        where L : struct, ILane<L, T>
    {
        exp_avg = at.Mean(exp_avg, update);
        exp_avg_sq = at.MeanSquare(exp_avg_sq, update);
        return at.Corrected(exp_avg);
    }
}
