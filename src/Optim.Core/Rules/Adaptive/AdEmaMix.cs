namespace Optim;

/// <summary>Adam with a second, slow mean of the gradient.</summary>
/// <formula>
/// m = b1 m + (1 - b1) g
/// s = b3 s + (1 - b3) g
/// v = b2 v + (1 - b2) g^2
/// u = (m / (1 - b1^t) + alpha s) / (sqrt(v / (1 - b2^t)) + eps) + wd p
/// p -= lr u
/// with warmups alpha = alpha min(t / T, 1), b3 = (1/2)^(1/h) with h from h(b1) to h(b3) in a straight line, h(b) = ln(1/2) / ln(b + 1e-8)
/// </formula>
/// <paper>Pagliardini, Ablin, Grangier 2024, The AdEMAMix optimizer: better, faster, older</paper>
/// <definition>The authors' code: the slow mean is not corrected.</definition>
/// <differs>The 1e-8 in the warmup of b3 is the code's, not the paper's.</differs>
/// <remarks>
/// The decay is decoupled and times the learning rate. The warmups are the paper's: alpha rises in a straight line, b3 from b1 so that the mean's half-life h
/// does. With alpha 0 it is <see cref="AdamW"/>. Slots: <c>exp_avg_fast</c>, <c>exp_avg_slow</c>, <c>exp_avg_sq</c>.
/// </remarks>
[RegisteredRule("ademamix", "AdEMAMix", StartingRate = 0.003)]
public sealed partial record AdEmaMix : Rule
{
    /// <summary>lr, 0 or more. Default 0.001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1e-3;

    /// <summary>b1, for the fast mean, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.9;

    /// <summary>b2, for the square, in [0, 1). Default 0.999.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.999;

    /// <summary>b3, for the slow mean, in [0, 1). Default 0.9999.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta3 { get; init; } = 0.9999;

    /// <summary>alpha, the weight of the slow mean, 0 or more. Default 2, the authors' code's; the paper takes 4 to 10.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Alpha { get; init; } = 2;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-8;

    /// <summary>wd, decoupled weight decay, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>The steps in which alpha rises from 0, 0 or more; at step t it is <c>alpha min(t / T, 1)</c>. Default 0: none. The paper takes the whole run.</summary>
    [AtLeast(0)] public partial int AlphaWarmupSteps { get; init; }

    /// <summary>The steps in which b3 rises from b1, 0 or more. Default 0: none. The paper takes the whole run.</summary>
    [AtLeast(0)] public partial int Beta3WarmupSteps { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => AdEmaMixFormula.Slots;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        double alpha = at.Alpha, beta3 = at.Beta3;
        if (plan.Step < AlphaWarmupSteps)
        {
            alpha *= (double)plan.Step / AlphaWarmupSteps;
        }

        if (plan.Step < Beta3WarmupSteps)
        {
            beta3 = BetaWarmup.At((double)plan.Step / Beta3WarmupSteps, at.Beta1, beta3);
        }

        plan.ApplyAtRate(new AdEmaMixFormula<T>(new(at.Beta1, at.Beta2, at.Epsilon, plan.Step), beta3, alpha), at.LearningRate, at.WeightDecay);
    }
}

[Formula]
internal readonly partial struct AdEmaMixFormula<T>(AdamScalars<T> at, double beta3, double alpha)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;
    private readonly T beta3 = T.CreateTruncating(beta3), gain3 = T.CreateTruncating(1 - beta3), alpha = T.CreateTruncating(alpha);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L exp_avg_fast, ref L exp_avg_slow, ref L exp_avg_sq)
        where L : struct, ILane<L, T>
    {
        exp_avg_fast = at.Mean(exp_avg_fast, update);
        exp_avg_slow = L.FusedMultiplyAdd(exp_avg_slow, beta3, update * gain3);
        exp_avg_sq = at.MeanSquare(exp_avg_sq, update);
        var direction = at.Corrected(exp_avg_fast);
        return (alpha == T.Zero ? direction : L.FusedMultiplyAdd(exp_avg_slow, alpha, direction)) / at.CorrectedRoot(exp_avg_sq);
    }
}
