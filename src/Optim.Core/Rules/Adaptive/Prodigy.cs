using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using Optim.Trajectories;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>
/// Prodigy, Adam that finds its own learning rate: d estimates from below the distance from the start x0 to a minimum. With <c>a = lr d</c>,
/// <c>r = b3 r + (d / d0) a &lt;g, x0 - p&gt;; s = b3 s + (d / d0) a g; m = b1 m + (1 - b1) d g; v = b2 v + (1 - b2) d^2 g^2;
/// d' = coefficient r / |s|_1</c>, d the largest d' so far; <c>p -= a (m / (sqrt(v) + d eps) + wd p)</c>, with p from before the step.
/// </summary>
/// <remarks>
/// Paper: Mishchenko and Defazio 2024; sums are over all tensors. Definition: the authors' <c>Prodigy</c> 1.1.2: a holds the d from before the step, d eps the one
/// after it; with a <see cref="GrowthRate"/>, <c>d = min(largest d', growth d)</c>. Weight decay is decoupled, or L2 without
/// <see cref="DecoupledWeightDecay"/>. Slots: <c>s</c>, <c>p0</c> (x0), <c>exp_avg</c>, <c>exp_avg_sq</c>. Scalars: <c>d</c>, <c>d_max</c>,
/// <c>d_numerator</c> (r). Sums are accumulated in double. A gradient that is not finite makes d, and with it all parameters, so.
/// </remarks>
public sealed record Prodigy : Rule
{
    /// <summary>lr, a factor on the rate that is found; 0 or more. Default 1. A schedule gives the rate its shape.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 1;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    public Schedule Beta1 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    public Schedule Beta2 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.999;

    /// <summary>b3, in [0, 1), of r and s. 0, the default, stands for sqrt(b2).</summary>
    public Schedule Beta3 { get; init => field = Constraint.UnitInterval.Check(value); } = 0;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    public Schedule Epsilon { get; init => field = Constraint.NonNegative.Check(value); } = 1e-8;

    /// <summary>wd, 0 or more. Default 0.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0;

    /// <summary>Whether the decay is taken from the parameters rather than added to the gradient. Default true.</summary>
    public bool DecoupledWeightDecay { get; init; } = true;

    /// <summary>Whether a is multiplied by Adam's correction, <c>sqrt(1 - b2^t) / (1 - b1^t)</c>. Default false.</summary>
    public bool BiasCorrection { get; init; }

    /// <summary>Whether s takes d in place of a, so that a warmup's small lr does not make d' too large. Default false.</summary>
    public bool SafeguardWarmup { get; init; }

    /// <summary>d0, d before the first step, more than 0: no more than the distance to the minimum. Default 1e-6.</summary>
    public double InitialDistance { get; init => field = Constraint.Positive.Check(value); } = 1e-6;

    /// <summary>The factor on the estimate, more than 0; a larger one is bolder. Default 1.</summary>
    public Schedule DistanceCoefficient { get; init => field = Constraint.Positive.Check(value); } = 1;

    /// <summary>The most that d may grow by in a step, as a factor; 1 or more, infinity for no limit. Default infinity.</summary>
    public double GrowthRate { get; init => field = Constraint.Growth.Check(value); } = double.PositiveInfinity;

    internal static RuleEntry Entry { get; } = new(
        "prodigy", "Prodigy", "Adam that finds its own learning rate, faster than D-Adaptation.",
        () => new Prodigy(), 1, rate => new Prodigy { LearningRate = rate })
    {
        IsElementwise = false,
        ExtraMoves = 11,
        Formula = "a = lr d; r = b3 r + (d / d0) a <g, x0 - p>; s = b3 s + (d / d0) a g; m = b1 m + (1 - b1) d g; v = b2 v + (1 - b2) d^2 g^2; "
            + "d = max(d, r / |s|_1); p -= a (m / (sqrt(v) + d eps) + wd p)",
        Paper = "Mishchenko, Defazio 2024, Prodigy: An Expeditiously Adaptive Parameter-Free Learner",
        Definition = "the authors' version 1.1.2",
        Disagreements = "L2 in place of decoupled decay: DecoupledWeightDecay = false. Adam's correction: BiasCorrection.",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["prodigy"] = h => new Prodigy
            {
                LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Beta3 = h.OptionalNumber("beta3") ?? 0,
                Epsilon = h.Number("eps"), WeightDecay = h.Number("weight_decay"), DecoupledWeightDecay = h.Flag("decouple"),
                BiasCorrection = h.Flag("use_bias_correction"), SafeguardWarmup = h.Flag("safeguard_warmup"), InitialDistance = h.Number("d0"),
                DistanceCoefficient = h.Number("d_coef"), GrowthRate = h.OptionalNumber("growth_rate") ?? double.PositiveInfinity,
            },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public Prodigy WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="Beta1"/>.</summary>
    /// <param name="value">The value.</param>
    public Prodigy WithBeta1(Schedule value) => this with { Beta1 = value };

    /// <summary>A copy with another <see cref="Beta2"/>.</summary>
    /// <param name="value">The value.</param>
    public Prodigy WithBeta2(Schedule value) => this with { Beta2 = value };

    /// <summary>A copy with another <see cref="Beta3"/>.</summary>
    /// <param name="value">The value.</param>
    public Prodigy WithBeta3(Schedule value) => this with { Beta3 = value };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public Prodigy WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public Prodigy WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <summary>A copy with another <see cref="DecoupledWeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public Prodigy WithDecoupledWeightDecay(bool value) => this with { DecoupledWeightDecay = value };

    /// <summary>A copy with another <see cref="BiasCorrection"/>.</summary>
    /// <param name="value">The value.</param>
    public Prodigy WithBiasCorrection(bool value) => this with { BiasCorrection = value };

    /// <summary>A copy with another <see cref="SafeguardWarmup"/>.</summary>
    /// <param name="value">The value.</param>
    public Prodigy WithSafeguardWarmup(bool value) => this with { SafeguardWarmup = value };

    /// <summary>A copy with another <see cref="InitialDistance"/>.</summary>
    /// <param name="value">The value.</param>
    public Prodigy WithInitialDistance(double value) => this with { InitialDistance = value };

    /// <summary>A copy with another <see cref="DistanceCoefficient"/>.</summary>
    /// <param name="value">The value.</param>
    public Prodigy WithDistanceCoefficient(Schedule value) => this with { DistanceCoefficient = value };

    /// <summary>A copy with another <see cref="GrowthRate"/>.</summary>
    /// <param name="value">The value.</param>
    public Prodigy WithGrowthRate(double value) => this with { GrowthRate = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("s"), new("p0") { FromParameters = true }, new("exp_avg"), new("exp_avg_sq")];

    /// <inheritdoc/>
    public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => [new("d", InitialDistance), new("d_max", InitialDistance), new("d_numerator")];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double beta1 = Constraint.UnitInterval.At(Beta1, plan.Clock), beta2 = Constraint.UnitInterval.At(Beta2, plan.Clock);
        double beta3 = Constraint.UnitInterval.At(Beta3, plan.Clock), epsilon = Constraint.NonNegative.At(Epsilon, plan.Clock);
        double weightDecay = Constraint.NonNegative.At(WeightDecay, plan.Clock), coefficient = Constraint.Positive.At(DistanceCoefficient, plan.Clock);
        double d = plan.Scalar("d"), boost = d / InitialDistance;
        double rate = d * Constraint.NonNegative.At(LearningRate, plan.Clock) * (BiasCorrection ? AdamCorrection.OfStep(beta1, beta2, plan.Step) : 1);
        beta3 = beta3 == 0 ? Math.Sqrt(beta2) : beta3;
        plan.ApplyGradientTerms(maximize: false, DecoupledWeightDecay ? 0 : weightDecay);
        plan.ApplyWhole(
            4,
            whole =>
            {
                double numerator = (beta3 * plan.Scalar("d_numerator")) + (boost * rate * whole.Sum(default(BackToStart)));
                whole.Sweep(new MomentsFormula<T>(d, boost * (SafeguardWarmup ? d : rate), beta1, beta2, beta3));
                double norm = whole.Sum(default(MagnitudeOfSlot)), next = d;
                if (norm != 0)
                {
                    double estimate = coefficient * numerator / norm, largest = Math.Max(plan.Scalar("d_max"), estimate);
                    next = Math.Min(largest, (d == InitialDistance ? Math.Max(d, estimate) : d) * GrowthRate);
                    plan.SetScalar("d_numerator", numerator);
                    plan.SetScalar("d_max", largest);
                    plan.SetScalar("d", next);
                }

                whole.Then(new DirectionFormula<T>(rate, next * epsilon), firstSlot: 2);
            },
            mayThrow: false);
        plan.ApplyGradientTerms(maximize: false, DecoupledWeightDecay ? rate * weightDecay : 0);
    }

    /// <summary><c>g (x0 - p)</c>.</summary>
    private readonly struct BackToStart : ISummand
    {
        [MethodImpl(AggressiveInlining)]
        public L Term<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, double>
            where S : struct, ISlots<L> => update * (slots.Read(1) - parameter);
    }

    /// <summary><c>s = b3 s + c g; m = b1 m + (1 - b1) d g; v = b2 v + (1 - b2) (d g)^2; u = g</c>.</summary>
    private readonly struct MomentsFormula<T>(double d, double share, double beta1, double beta2, double beta3) : IFormula<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly T d = T.CreateTruncating(d), share = T.CreateTruncating(share), beta3 = T.CreateTruncating(beta3);
        private readonly T beta1 = T.CreateTruncating(beta1), gain1 = T.CreateTruncating(1 - beta1);
        private readonly T beta2 = T.CreateTruncating(beta2), gain2 = T.CreateTruncating(1 - beta2);

        public static int SlotCount => 4;

        [MethodImpl(AggressiveInlining)]
        public L Apply<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, T>
            where S : struct, ISlots<L>
        {
            var scaled = update * d;
            var s = L.FusedMultiplyAdd(slots.Read(0), beta3, update * share);
            var start = slots.Read(1);
            var m = L.FusedMultiplyAdd(slots.Read(2), beta1, scaled * gain1);
            var v = L.FusedMultiplyAdd(slots.Read(3), beta2, scaled * scaled * gain2);
            slots.Write(0, s);
            slots.Write(1, start);
            slots.Write(2, m);
            slots.Write(3, v);
            return update;
        }
    }

    /// <summary><c>u = a m / (sqrt(v) + eps)</c>.</summary>
    private readonly struct DirectionFormula<T>(double rate, double epsilon) : IFormula<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly T rate = T.CreateTruncating(rate), epsilon = T.CreateTruncating(epsilon);

        public static int SlotCount => 2;

        [MethodImpl(AggressiveInlining)]
        public L Apply<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, T>
            where S : struct, ISlots<L>
        {
            L m = slots.Read(0), v = slots.Read(1);
            slots.Write(0, m);
            slots.Write(1, v);
            return m / (L.Sqrt(v) + L.Broadcast(epsilon)) * rate;
        }
    }
}
