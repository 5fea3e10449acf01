namespace Optim;

/// <summary>AMSGrad with a partial power of the second moment: between momentum and Adam.</summary>
/// <formula>
/// g = g + wd p
/// m = b1 m + (1 - b1) g
/// v = b2 v + (1 - b2) g^2
/// w = max(w, v)
/// p = p - lr sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(w) + eps)^(2 q)
/// </formula>
/// <paper>Chen, Zhou, Tang, Yang, Cao and Gu 2018, Closing the Generalization Gap of Adaptive Gradient Methods in Training Deep Neural Networks</paper>
/// <definition>The authors' code: epsilon is under the power, the bias corrections are not; AMSGrad is on.</definition>
/// <differs>The paper corrects no bias. kozistr has no AMSGrad: AmsGrad = false.</differs>
/// <remarks>
/// With <see cref="PartialPower"/> 1/2 it is Adam or AMSGrad with epsilon on the uncorrected root, with 0 momentum. A quarter and an eighth are computed by roots, any other power element by element,
/// tens of times as slow. Slots: <c>exp_avg</c>, <c>exp_avg_sq</c>, with AMSGrad <c>max_exp_avg_sq</c>.
/// </remarks>
[RegisteredRule("padam", "Padam", StartingRate = 0.1)]
public sealed partial record Padam : Rule
{
    /// <summary>lr, 0 or more. Default 0.1.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 0.1;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-8;

    /// <summary>wd, L2 regularisation added to the gradient, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>q, the power of the second moment, in [0, 1]; the paper's are up to 1/2. Default 1/4.</summary>
    [Range(Bounds.Fraction)] public partial Schedule PartialPower { get; init; } = 0.25;

    /// <summary>Whether the denominator never decreases. Default true.</summary>
    public bool AmsGrad { get; init; } = true;

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => new ScaleByAdam { AmsGrad = AmsGrad }.DeclareSlots();

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        var scalars = new AdamScalars<T>(at.Beta1, at.Beta2, at.Epsilon, AdamCorrection.OfStep(at.Beta1, at.Beta2, plan.Step), 1);
        var power = new FixedPower<T>(2 * at.PartialPower);
        plan.ApplyGradientTerms(maximize: false, at.WeightDecay);
        if (AmsGrad)
        {
            plan.ApplyAtRate(new PadamAmsGradFormula<T>(scalars, power), at.LearningRate);
        }
        else
        {
            plan.ApplyAtRate(new PadamFormula<T>(scalars, power), at.LearningRate);
        }
    }
}

[Formula]
internal readonly partial struct PadamFormula<T>(AdamScalars<T> at, FixedPower<T> power)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;
    private readonly FixedPower<T> power = power;

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L g, ref L exp_avg, ref L exp_avg_sq)
        where L : struct, ILane<L, T>
    {
        exp_avg = at.Mean(exp_avg, g);
        exp_avg_sq = at.MeanSquare(exp_avg_sq, g);
        return at.Corrected(exp_avg) / power.Of(at.Root(exp_avg_sq));
    }
}

[Formula]
internal readonly partial struct PadamAmsGradFormula<T>(AdamScalars<T> at, FixedPower<T> power)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;
    private readonly FixedPower<T> power = power;

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L g, ref L exp_avg, ref L exp_avg_sq, ref L max_exp_avg_sq)
        where L : struct, ILane<L, T>
    {
        exp_avg = at.Mean(exp_avg, g);
        exp_avg_sq = at.MeanSquare(exp_avg_sq, g);
        max_exp_avg_sq = L.Max(max_exp_avg_sq, exp_avg_sq);
        return at.Corrected(exp_avg) / power.Of(at.Root(max_exp_avg_sq));
    }
}
