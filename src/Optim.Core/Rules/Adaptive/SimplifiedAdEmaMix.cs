namespace Optim;

/// <summary>AdEMAMix with one mean: a long sum of gradients and the current one.</summary>
/// <formula>
/// m = b1 m + g
/// v = b2 v + (1 - b2) g^2
/// p -= lr ((m + alpha g) / (sqrt(v / (1 - b2^t)) + eps) + wd p)
/// (BiasCorrection1: m + alpha g over n, n = b1 n + 1)
/// </formula>
/// <paper>Morwani, Vyas, Zhang, Kakade 2025, Connections between Schedule-Free Optimizers, AdEMAMix, and Accelerated SGD Variants</paper>
/// <definition>The authors' code: m is a sum, so that lr is some 1 - b1 times Adam's.</definition>
/// <differs>kozistr averages m with 1 - b1 and divides by another root. Without BiasCorrection2 the whole quotient is divided by sqrt(1 - b2^t) once more, as the authors' code has it.</differs>
/// <remarks>
/// b1 warms up by its half-life, as in <see cref="AdEmaMix"/>: at step t before <see cref="Beta1WarmupSteps"/> it is interpolated from <see cref="MinBeta1"/>'s. Slots: <c>exp_avg</c> (m), <c>exp_avg_sq</c>. Scalar: <c>num_sum</c> (n).
/// </remarks>
[RegisteredRule("simplified_ademamix", "Simplified AdEMAMix", StartingRate = 3e-05)]
public sealed partial record SimplifiedAdEmaMix : Rule
{
    /// <summary>lr, 0 or more. Default 0.0001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1e-4;

    /// <summary>b1, in [0, 1). Default 0.99.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.99;

    /// <summary>b2, in [0, 1). Default 0.95.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.95;

    /// <summary>alpha, the weight of the current gradient, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Alpha { get; init; } = 0;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-8;

    /// <summary>wd, decoupled weight decay, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>The steps in which b1 rises, 0 or more. Default 0: none.</summary>
    [AtLeast(0)] public partial int Beta1WarmupSteps { get; init; }

    /// <summary>b1 at the beginning of its warmup, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial double MinBeta1 { get; init; } = 0.9;

    /// <summary>Whether the sum is divided by that of its weights. Default false.</summary>
    public bool BiasCorrection1 { get; init; }

    /// <summary>Whether the bias towards 0 of v is corrected. Default true.</summary>
    public bool BiasCorrection2 { get; init; } = true;

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => SimplifiedAdEmaMixFormula.Slots;

    /// <inheritdoc/>
    public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => [new("num_sum")];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        double beta1 = plan.Step < Beta1WarmupSteps ? BetaWarmup.At((double)plan.Step / Beta1WarmupSteps, MinBeta1, at.Beta1) : at.Beta1;
        double weights = (beta1 * plan.Scalar("num_sum")) + 1, remaining = Exact.OneMinusPower(at.Beta2, plan.Step);
        plan.SetScalar("num_sum", weights);
        double factor = (BiasCorrection1 ? 1 / weights : 1) / (BiasCorrection2 ? 1 : Math.Sqrt(remaining));
        var scalars = new AdamScalars<T>(beta1, at.Beta2, at.Epsilon, factor, 1 / remaining, averaging: false);
        plan.ApplyAtRate(new SimplifiedAdEmaMixFormula<T>(scalars, at.Alpha), at.LearningRate, at.WeightDecay);
    }
}

[Formula]
internal readonly partial struct SimplifiedAdEmaMixFormula<T>(AdamScalars<T> at, double alpha)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;
    private readonly T alpha = T.CreateTruncating(alpha);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L g, ref L exp_avg, ref L exp_avg_sq)
        where L : struct, ILane<L, T>
    {
        exp_avg = at.Mean(exp_avg, g);
        exp_avg_sq = at.MeanSquare(exp_avg_sq, g);
        return at.Direction(alpha == T.Zero ? exp_avg : L.FusedMultiplyAdd(g, alpha, exp_avg), exp_avg_sq);
    }
}
