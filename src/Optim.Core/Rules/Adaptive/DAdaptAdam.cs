using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using Optim.Trajectories;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>
/// Adam that finds its own learning rate (D-Adaptation): d estimates from below the distance from the start to a minimum. With
/// <c>q = sqrt(b2)</c> and <c>a = lr d</c>, <c>r = q r + (1 - q) a &lt;g, s / (sqrt(v) + eps)&gt;; m = b1 m + (1 - b1) a g; v = b2 v + (1 - b2) g^2;
/// s = q s + (1 - q) a g; d = max(d, min(r / ((1 - q) |s|_1), growth d)); p -= m / (sqrt(v) + eps)</c>.
/// </summary>
/// <remarks>
/// Paper: Defazio and Mishchenko 2023; sums are over all tensors. Definition: the authors' <c>DAdaptAdam</c>: v and s in the product are those from
/// before the step. Weight decay is L2, or decoupled by <see cref="DecoupledWeightDecay"/> (<c>p -= a wd p</c>). Slots: <c>s</c>, <c>exp_avg</c>,
/// <c>exp_avg_sq</c>. Scalars: <c>d</c>, <c>numerator_weighted</c> (r). Sums are accumulated in double. A gradient that is not finite makes d, and with it
/// all parameters, so.
/// </remarks>
public sealed record DAdaptAdam : Rule
{
    /// <summary>lr, a factor on the rate that is found; 0 or more. Default 1. A schedule gives the rate its shape.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 1;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    public Schedule Beta1 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    public Schedule Beta2 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.999;

    /// <summary>eps, more than 0: s is divided by it where there was no gradient yet. Default 1e-8.</summary>
    public Schedule Epsilon { get; init => field = Constraint.Positive.Check(value); } = 1e-8;

    /// <summary>wd, 0 or more. Default 0.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0;

    /// <summary>Whether the decay is taken from the parameters rather than added to the gradient. Default false.</summary>
    public bool DecoupledWeightDecay { get; init; }

    /// <summary>Whether a is multiplied by Adam's correction, <c>sqrt(1 - b2^t) / (1 - b1^t)</c>. Default false.</summary>
    public bool BiasCorrection { get; init; }

    /// <summary>d before the first step, more than 0: no more than the distance to the minimum. Default 1e-6.</summary>
    public double InitialDistance { get; init => field = Constraint.Positive.Check(value); } = 1e-6;

    /// <summary>The most that d may grow by in a step, as a factor; 1 or more, infinity for no limit. Default infinity.</summary>
    public double GrowthRate { get; init => field = Constraint.Growth.Check(value); } = double.PositiveInfinity;

    internal static RuleEntry Entry { get; } = new(
        "dadapt_adam", "D-Adapted Adam", "Adam that finds its own learning rate.",
        () => new DAdaptAdam(), 0.5, rate => new DAdaptAdam { LearningRate = rate })
    {
        IsElementwise = false,
        ExtraMoves = 6,
        Formula = "q = sqrt(b2); a = lr d; r = q r + (1 - q) a <g, s / (sqrt(v) + eps)>; m = b1 m + (1 - b1) a g; v = b2 v + (1 - b2) g^2; "
            + "s = q s + (1 - q) a g; d = max(d, min(r / ((1 - q) |s|_1), growth d)); p -= m / (sqrt(v) + eps)",
        Paper = "Defazio, Mishchenko 2023, Learning-Rate-Free Learning by D-Adaptation",
        Definition = "the authors' DAdaptAdam",
        Disagreements = "Weight decay is L2 unless DecoupledWeightDecay.",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["dadapt_adam"] = h => new DAdaptAdam
            {
                LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
                WeightDecay = h.Number("weight_decay"), DecoupledWeightDecay = h.Flag("decouple"), BiasCorrection = h.Flag("use_bias_correction"),
                InitialDistance = h.Number("d0"), GrowthRate = h.OptionalNumber("growth_rate") ?? double.PositiveInfinity,
            },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public DAdaptAdam WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="Beta1"/>.</summary>
    /// <param name="value">The value.</param>
    public DAdaptAdam WithBeta1(Schedule value) => this with { Beta1 = value };

    /// <summary>A copy with another <see cref="Beta2"/>.</summary>
    /// <param name="value">The value.</param>
    public DAdaptAdam WithBeta2(Schedule value) => this with { Beta2 = value };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public DAdaptAdam WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public DAdaptAdam WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <summary>A copy with another <see cref="DecoupledWeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public DAdaptAdam WithDecoupledWeightDecay(bool value) => this with { DecoupledWeightDecay = value };

    /// <summary>A copy with another <see cref="BiasCorrection"/>.</summary>
    /// <param name="value">The value.</param>
    public DAdaptAdam WithBiasCorrection(bool value) => this with { BiasCorrection = value };

    /// <summary>A copy with another <see cref="InitialDistance"/>.</summary>
    /// <param name="value">The value.</param>
    public DAdaptAdam WithInitialDistance(double value) => this with { InitialDistance = value };

    /// <summary>A copy with another <see cref="GrowthRate"/>.</summary>
    /// <param name="value">The value.</param>
    public DAdaptAdam WithGrowthRate(double value) => this with { GrowthRate = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("s"), new("exp_avg"), new("exp_avg_sq")];

    /// <inheritdoc/>
    public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => [new("d", InitialDistance), new("numerator_weighted")];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double beta1 = Constraint.UnitInterval.At(Beta1, plan.Clock), beta2 = Constraint.UnitInterval.At(Beta2, plan.Clock), root = Math.Sqrt(beta2);
        double epsilon = Constraint.Positive.At(Epsilon, plan.Clock), weightDecay = Constraint.NonNegative.At(WeightDecay, plan.Clock), d = plan.Scalar("d");
        double rate = d * Constraint.NonNegative.At(LearningRate, plan.Clock) * (BiasCorrection ? AdamCorrection.OfStep(beta1, beta2, plan.Step) : 1);
        plan.ApplyGradientTerms(maximize: false, DecoupledWeightDecay ? 0 : weightDecay);
        plan.ApplyWhole(
            3,
            whole =>
            {
                double along = rate * whole.Sum(new AlongDirection(epsilon)), numerator = (root * plan.Scalar("numerator_weighted")) + ((1 - root) * along);
                whole.Sweep(new MomentsFormula<T>(rate, beta1, beta2, root, epsilon));
                double norm = whole.Sum(default(MagnitudeOfSlot));
                if (norm != 0)
                {
                    plan.SetScalar("numerator_weighted", numerator);
                    plan.SetScalar("d", rate > 0 ? Math.Max(d, Math.Min(numerator / ((1 - root) * norm), d * GrowthRate)) : d);
                }
            },
            mayThrow: false);
        plan.ApplyGradientTerms(maximize: false, DecoupledWeightDecay ? rate * weightDecay : 0);
    }

    /// <summary><c>g s / (sqrt(v) + eps)</c>.</summary>
    private readonly struct AlongDirection(double epsilon) : ISummand
    {
        private readonly double epsilon = epsilon;

        [MethodImpl(AggressiveInlining)]
        public L Term<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, double>
            where S : struct, ISlots<L> => update * (slots.Read(0) / (L.Sqrt(slots.Read(2)) + L.Broadcast(epsilon)));
    }

    /// <summary><c>s = q s + (1 - q) a g; m = b1 m + (1 - b1) a g; v = b2 v + (1 - b2) g^2; u = m / (sqrt(v) + eps)</c>.</summary>
    private readonly struct MomentsFormula<T>(double rate, double beta1, double beta2, double root, double epsilon) : IFormula<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly T root = T.CreateTruncating(root), rootGain = T.CreateTruncating((1 - root) * rate);
        private readonly T beta1 = T.CreateTruncating(beta1), gain1 = T.CreateTruncating((1 - beta1) * rate);
        private readonly T beta2 = T.CreateTruncating(beta2), gain2 = T.CreateTruncating(1 - beta2), epsilon = T.CreateTruncating(epsilon);

        public static int SlotCount => 3;

        [MethodImpl(AggressiveInlining)]
        public L Apply<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, T>
            where S : struct, ISlots<L>
        {
            var s = L.FusedMultiplyAdd(slots.Read(0), root, update * rootGain);
            var m = L.FusedMultiplyAdd(slots.Read(1), beta1, update * gain1);
            var v = L.FusedMultiplyAdd(slots.Read(2), beta2, update * update * gain2);
            slots.Write(0, s);
            slots.Write(1, m);
            slots.Write(2, v);
            return m / (L.Sqrt(v) + L.Broadcast(epsilon));
        }
    }
}

/// <summary>Adam's correction of the bias where it multiplies the whole step.</summary>
internal static class AdamCorrection
{
    /// <summary><c>sqrt(1 - b2^t) / (1 - b1^t)</c>.</summary>
    public static double OfStep(double beta1, double beta2, long step) => Math.Sqrt(1 - Exact.Power(beta2, step)) / (1 - Exact.Power(beta1, step));
}

/// <summary><c>|s|</c>, s the first slot.</summary>
internal readonly struct MagnitudeOfSlot : ISummand
{
    [MethodImpl(AggressiveInlining)]
    public L Term<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, double>
        where S : struct, ISlots<L> => L.Abs(slots.Read(0));
}
