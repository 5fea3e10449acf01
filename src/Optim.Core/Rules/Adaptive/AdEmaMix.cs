using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using Optim.Trajectories;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>
/// Adam with a second, slow mean of the gradient: <c>m = b1 m + (1 - b1) g; s = b3 s + (1 - b3) g; v = b2 v + (1 - b2) g^2;
/// p -= lr ((m / (1 - b1^t) + alpha s) / (sqrt(v / (1 - b2^t)) + eps) + wd p)</c>, with p from before the step.
/// </summary>
/// <remarks>
/// Definition: Pagliardini, Ablin and Grangier 2024, "The AdEMAMix optimizer: better, faster, older", as in the authors' code: the slow mean is not corrected, the
/// decay is decoupled and times the learning rate. The warmups are the paper's: alpha rises in a straight line, b3 from b1 so that the
/// mean's half-life h does, with <c>h(b) = ln(1/2) / ln(b + 1e-8)</c> (the 1e-8 is the code's). With alpha 0 it is <see cref="AdamW"/>.
/// Slots: <c>exp_avg_fast</c>, <c>exp_avg_slow</c>, <c>exp_avg_sq</c>.
/// </remarks>
public sealed record AdEmaMix : Rule
{
    private const double Guard = 1e-8;

    /// <summary>lr, 0 or more. Default 0.001.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 1e-3;

    /// <summary>b1, for the fast mean, in [0, 1). Default 0.9.</summary>
    public Schedule Beta1 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.9;

    /// <summary>b2, for the square, in [0, 1). Default 0.999.</summary>
    public Schedule Beta2 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.999;

    /// <summary>b3, for the slow mean, in [0, 1). Default 0.9999.</summary>
    public Schedule Beta3 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.9999;

    /// <summary>alpha, the weight of the slow mean, 0 or more. Default 2, the authors' code's; the paper takes 4 to 10.</summary>
    public Schedule Alpha { get; init => field = Constraint.NonNegative.Check(value); } = 2;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    public Schedule Epsilon { get; init => field = Constraint.NonNegative.Check(value); } = 1e-8;

    /// <summary>wd, decoupled weight decay, 0 or more. Default 0.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0;

    /// <summary>The steps in which alpha rises from 0, 0 or more; at step t it is <c>alpha min(t / T, 1)</c>. Default 0: none. The paper takes the whole run.</summary>
    public int AlphaWarmupSteps { get; init => field = Constraint.CheckCount(value, 0); }

    /// <summary>The steps in which b3 rises from b1, 0 or more. Default 0: none. The paper takes the whole run.</summary>
    public int Beta3WarmupSteps { get; init => field = Constraint.CheckCount(value, 0); }

    internal static RuleEntry Entry { get; } = new(
        "ademamix", "AdEMAMix", "Adam with a second, slow mean of the gradient.",
        () => new AdEmaMix(), 0.005, rate => new AdEmaMix { LearningRate = rate })
    {
        Formula = """
            m = b1 m + (1 - b1) g
            s = b3 s + (1 - b3) g
            v = b2 v + (1 - b2) g^2
            u = (m / (1 - b1^t) + alpha s) / (sqrt(v / (1 - b2^t)) + eps) + wd p
            p -= lr u
            with warmups alpha = alpha min(t / T, 1), b3 = (1/2)^(1/h) with h from h(b1) to h(b3) in a straight line, h(b) = ln(1/2) / ln(b + 1e-8)
            """,
        Paper = "Pagliardini, Ablin, Grangier 2024, The AdEMAMix optimizer: better, faster, older",
        Definition = "The authors' code: the slow mean is not corrected.",
        Disagreements = "The 1e-8 in the warmup of b3 is the code's, not the paper's.",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["ademamix"] = h => new AdEmaMix
            {
                LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Beta3 = h.Number("betas", 2),
                Alpha = h.Number("alpha"), Epsilon = h.Number("eps"), WeightDecay = h.Number("weight_decay"),
                AlphaWarmupSteps = (int)(h.OptionalNumber("alpha_warmup") ?? 0), Beta3WarmupSteps = (int)(h.OptionalNumber("beta3_warmup") ?? 0),
            },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public AdEmaMix WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="Beta1"/>.</summary>
    /// <param name="value">The value.</param>
    public AdEmaMix WithBeta1(Schedule value) => this with { Beta1 = value };

    /// <summary>A copy with another <see cref="Beta2"/>.</summary>
    /// <param name="value">The value.</param>
    public AdEmaMix WithBeta2(Schedule value) => this with { Beta2 = value };

    /// <summary>A copy with another <see cref="Beta3"/>.</summary>
    /// <param name="value">The value.</param>
    public AdEmaMix WithBeta3(Schedule value) => this with { Beta3 = value };

    /// <summary>A copy with another <see cref="Alpha"/>.</summary>
    /// <param name="value">The value.</param>
    public AdEmaMix WithAlpha(Schedule value) => this with { Alpha = value };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public AdEmaMix WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public AdEmaMix WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <summary>A copy with another <see cref="AlphaWarmupSteps"/>.</summary>
    /// <param name="value">The value.</param>
    public AdEmaMix WithAlphaWarmupSteps(int value) => this with { AlphaWarmupSteps = value };

    /// <summary>A copy with another <see cref="Beta3WarmupSteps"/>.</summary>
    /// <param name="value">The value.</param>
    public AdEmaMix WithBeta3WarmupSteps(int value) => this with { Beta3WarmupSteps = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("exp_avg_fast"), new("exp_avg_slow"), new("exp_avg_sq")];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double beta1 = Constraint.UnitInterval.At(Beta1, plan.Clock), beta3 = Constraint.UnitInterval.At(Beta3, plan.Clock);
        double alpha = Constraint.NonNegative.At(Alpha, plan.Clock);
        if (plan.Step < AlphaWarmupSteps)
        {
            alpha *= (double)plan.Step / AlphaWarmupSteps;
        }

        if (plan.Step < Beta3WarmupSteps)
        {
            double part = (double)plan.Step / Beta3WarmupSteps;
            beta3 = Exact.Power(0.5, 1 / (((1 - part) * HalfLife(beta1)) + (part * HalfLife(beta3))));
        }

        plan.ApplyAtRate(
            new AdEmaMixFormula<T>(AdamScalars<T>.At(plan.Clock, beta1, Beta2, Epsilon), beta3, alpha),
            Constraint.NonNegative.At(LearningRate, plan.Clock),
            Constraint.NonNegative.At(WeightDecay, plan.Clock));
    }

    /// <summary>After how many steps a mean has forgotten half.</summary>
    private static double HalfLife(double beta) => Exact.Log(0.5) / Exact.Log(Math.Min(beta + Guard, Math.BitDecrement(1)));
}

/// <summary><c>u = (m / (1 - b1^t) + alpha s) / (sqrt(v / (1 - b2^t)) + eps)</c>; without alpha the slow mean is left out.</summary>
internal readonly struct AdEmaMixFormula<T>(AdamScalars<T> at, double beta3, double alpha) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;
    private readonly T beta3 = T.CreateTruncating(beta3), gain3 = T.CreateTruncating(1 - beta3), alpha = T.CreateTruncating(alpha);

    public static int SlotCount => 3;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        var fast = at.Mean(slots.Read(0), update);
        var slow = L.FusedMultiplyAdd(slots.Read(1), beta3, update * gain3);
        var v = at.MeanSquare(slots.Read(2), update);
        slots.Write(0, fast);
        slots.Write(1, slow);
        slots.Write(2, v);
        var direction = at.Corrected(fast);
        return (alpha == T.Zero ? direction : L.FusedMultiplyAdd(slow, alpha, direction)) / at.CorrectedRoot(v);
    }
}
