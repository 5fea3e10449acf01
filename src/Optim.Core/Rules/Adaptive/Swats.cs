using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using Optim.Trajectories;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>
/// SWATS, Adam that switches to SGD: while Adam, <c>u = lr (sqrt(1 - b2^t) / (1 - b1^t)) m / (sqrt(v) + eps); p -= u</c>, and
/// <c>c = |u|^2 / &lt;u, g&gt;; l = b2 l + (1 - b2) c</c>; from the step t > 1 where <c>l' = l / (1 - b2^t)</c> is positive and near c,
/// <c>b = b1 b + g; p -= l' (1 - b1) b</c>.
/// </summary>
/// <remarks>
/// Paper: Keskar and Socher 2017; sums are over all tensors, so that there is one switch. Definition: the pseudocode of Mrpatekful's <c>swats</c>, near meaning
/// <c>|l' - c| &lt;= absolute + relative |c|</c>; in that code the momentum of the SGD phase is damped in place, which is an error that this does not have.
/// The paper's criterion is an absolute tolerance of 1e-9 alone. After the switch the rate keeps its proportion to lr, so that a schedule goes on. Weight
/// decay is L2. Slots: <c>exp_avg</c>, <c>exp_avg_sq</c>, <c>momentum_buffer</c>. Scalars: <c>exp_avg2</c> (l), <c>sgd_factor</c> (l' / lr at the
/// switch), <c>switch_step</c> (the step that was the last of Adam's; 0 before).
/// </remarks>
public sealed record Swats : Rule
{
    /// <summary>lr, of Adam; 0 or more. Default 0.001.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 1e-3;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    public Schedule Beta1 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    public Schedule Beta2 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    public Schedule Epsilon { get; init => field = Constraint.NonNegative.Check(value); } = 1e-8;

    /// <summary>wd, L2 regularisation added to the gradient, 0 or more. Default 0.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0;

    /// <summary>How near the average must be to the last value, as a fraction of it; 0 or more. Default 1e-6.</summary>
    public Schedule RelativeTolerance { get; init => field = Constraint.NonNegative.Check(value); } = 1e-6;

    /// <summary>How near the average must be to the last value besides; 0 or more. Default 1e-8.</summary>
    public Schedule AbsoluteTolerance { get; init => field = Constraint.NonNegative.Check(value); } = 1e-8;

    /// <summary>Whether the SGD phase adds <c>b1 b</c> to its update, as both known implementations do and call it so: <c>p -= l' b</c>. Default false.</summary>
    public bool Nesterov { get; init; }

    /// <summary>Whether eps is added inside the root as well, <c>sqrt(v + eps) + eps</c>, as pytorch_optimizer does. Default false.</summary>
    public bool EpsilonTwice { get; init; }

    internal static RuleEntry Entry { get; } = new(
        "swats", "SWATS", "Adam that switches to SGD once it knows a rate for it.",
        () => new Swats(), 0.005, rate => new Swats { LearningRate = rate })
    {
        IsElementwise = false,
        ExtraMoves = 6,
        Formula = "u = lr (sqrt(1 - b2^t) / (1 - b1^t)) m / (sqrt(v) + eps); p -= u; c = |u|^2 / <u, g>; l = b2 l + (1 - b2) c; "
            + "once l' = l / (1 - b2^t) is near c: b = b1 b + g; p -= l' (1 - b1) b",
        Paper = "Keskar, Socher 2017, Improving Generalization Performance by Switching from Adam to SGD",
        Definition = "Mrpatekful's swats without its error in the SGD phase; one switch for all tensors",
        Disagreements = "The paper switches on an absolute tolerance of 1e-9 (RelativeTolerance = 0). pytorch_optimizer adds eps inside the root too: EpsilonTwice.",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["swats"] = h => new Swats
            {
                LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
                WeightDecay = h.Number("weight_decay"), RelativeTolerance = h.Number("switch_rtol"), Nesterov = h.Flag("nesterov"),
                EpsilonTwice = h.Has("eps_inside_sqrt") && h.Flag("eps_inside_sqrt"),
            }.Without(h.Flag("amsgrad")),
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public Swats WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="Beta1"/>.</summary>
    /// <param name="value">The value.</param>
    public Swats WithBeta1(Schedule value) => this with { Beta1 = value };

    /// <summary>A copy with another <see cref="Beta2"/>.</summary>
    /// <param name="value">The value.</param>
    public Swats WithBeta2(Schedule value) => this with { Beta2 = value };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public Swats WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public Swats WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <summary>A copy with another <see cref="RelativeTolerance"/>.</summary>
    /// <param name="value">The value.</param>
    public Swats WithRelativeTolerance(Schedule value) => this with { RelativeTolerance = value };

    /// <summary>A copy with another <see cref="AbsoluteTolerance"/>.</summary>
    /// <param name="value">The value.</param>
    public Swats WithAbsoluteTolerance(Schedule value) => this with { AbsoluteTolerance = value };

    /// <summary>A copy with another <see cref="Nesterov"/>.</summary>
    /// <param name="value">The value.</param>
    public Swats WithNesterov(bool value) => this with { Nesterov = value };

    /// <summary>A copy with another <see cref="EpsilonTwice"/>.</summary>
    /// <param name="value">The value.</param>
    public Swats WithEpsilonTwice(bool value) => this with { EpsilonTwice = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("exp_avg"), new("exp_avg_sq"), new("momentum_buffer")];

    /// <inheritdoc/>
    public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => [new("exp_avg2"), new("sgd_factor"), new("switch_step")];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double learningRate = Constraint.NonNegative.At(LearningRate, plan.Clock), beta1 = Constraint.UnitInterval.At(Beta1, plan.Clock);
        double beta2 = Constraint.UnitInterval.At(Beta2, plan.Clock), epsilon = Constraint.NonNegative.At(Epsilon, plan.Clock);
        double relative = Constraint.NonNegative.At(RelativeTolerance, plan.Clock), absolute = Constraint.NonNegative.At(AbsoluteTolerance, plan.Clock);
        plan.ApplyGradientTerms(maximize: false, Constraint.NonNegative.At(WeightDecay, plan.Clock));
        if (plan.Scalar("switch_step") > 0)
        {
            double found = learningRate * plan.Scalar("sgd_factor");
            plan.LeaveSlots(2);
            plan.Apply(Formula.Then<T, MomentumFormula<T>, ScaleFormula<T>>(new(beta1, 0, plan.Step), new(Nesterov ? found : found * (1 - beta1))));
            return;
        }

        double rate = learningRate * AdamCorrection.OfStep(beta1, beta2, plan.Step);
        plan.ApplyWhole(
            2,
            whole =>
            {
                whole.Sweep(new AdamMomentsFormula<T>(beta1, beta2));
                double along = whole.Sum(new StepAlongGradient(rate, EpsilonTwice ? epsilon : 0, epsilon));
                if (along != 0)
                {
                    double scaling = whole.Sum(new StepSquared(rate, EpsilonTwice ? epsilon : 0, epsilon)) / along;
                    double average = (beta2 * plan.Scalar("exp_avg2")) + ((1 - beta2) * scaling), corrected = average / (1 - Exact.Power(beta2, plan.Step));
                    plan.SetScalar("exp_avg2", average);
                    if (plan.Step > 1 && corrected > 0 && Math.Abs(corrected - scaling) <= absolute + (relative * Math.Abs(scaling)))
                    {
                        plan.SetScalar("sgd_factor", corrected / learningRate);
                        plan.SetScalar("switch_step", plan.Step);
                    }
                }

                whole.Then(new AdamStepFormula<T>(rate, EpsilonTwice ? epsilon : 0, epsilon));
            },
            mayThrow: false);
        plan.LeaveSlots(1);
    }

    private Swats Without(bool amsGrad) => amsGrad ? throw new FormatException("AMSGrad is not offered here, 'amsgrad' must be false.") : this;

    /// <summary><c>m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; u = g</c>.</summary>
    private readonly struct AdamMomentsFormula<T>(double beta1, double beta2) : IFormula<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly AdamScalars<T> at = new(beta1, beta2, 0, 1);

        public static int SlotCount => 2;

        [MethodImpl(AggressiveInlining)]
        public L Apply<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, T>
            where S : struct, ISlots<L>
        {
            var m = at.Mean(slots.Read(0), update);
            var v = at.MeanSquare(slots.Read(1), update);
            slots.Write(0, m);
            slots.Write(1, v);
            return update;
        }
    }

    /// <summary><c>u = a m / (sqrt(v + inside) + outside)</c>.</summary>
    private readonly struct AdamStepFormula<T>(double rate, double inside, double outside) : IFormula<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly T rate = T.CreateTruncating(rate), inside = T.CreateTruncating(inside), outside = T.CreateTruncating(outside);

        public static int SlotCount => 2;

        [MethodImpl(AggressiveInlining)]
        public L Apply<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, T>
            where S : struct, ISlots<L>
        {
            L m = slots.Read(0), v = slots.Read(1);
            slots.Write(0, m);
            slots.Write(1, v);
            return Of(m, v);
        }

        [MethodImpl(AggressiveInlining)]
        public L Of<L>(L m, L v)
            where L : struct, ILane<L, T> => m / (L.Sqrt(v + L.Broadcast(inside)) + L.Broadcast(outside)) * rate;
    }

    /// <summary><c>u g</c>.</summary>
    private readonly struct StepAlongGradient(double rate, double inside, double outside) : ISummand
    {
        private readonly AdamStepFormula<double> step = new(rate, inside, outside);

        [MethodImpl(AggressiveInlining)]
        public L Term<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, double>
            where S : struct, ISlots<L> => update * step.Of(slots.Read(0), slots.Read(1));
    }

    /// <summary><c>u^2</c>.</summary>
    private readonly struct StepSquared(double rate, double inside, double outside) : ISummand
    {
        private readonly AdamStepFormula<double> step = new(rate, inside, outside);

        [MethodImpl(AggressiveInlining)]
        public L Term<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, double>
            where S : struct, ISlots<L>
        {
            var u = step.Of(slots.Read(0), slots.Read(1));
            return u * u;
        }
    }
}
