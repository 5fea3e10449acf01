using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using Optim.Trajectories;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>
/// SGD that finds its own learning rate (D-Adaptation): d estimates from below the distance from the start to a minimum. With G = |g_1|,
/// <c>a = lr d / G; r += a &lt;g, s&gt;; s += a g; d = max(d, min(2 r / |s|, growth d)); z = x0 - s; p = mu p + (1 - mu) z</c>.
/// </summary>
/// <remarks>
/// Paper: Defazio and Mishchenko 2023; sums and norms are over all tensors. Definition: the authors' <c>DAdaptSGD</c>: the weight decay is L2
/// and enters all but G (in the paper it would enter G too; the authors' code leaves it out). G is taken from the first gradient
/// that is not 0. Slots: <c>s</c>; <c>x0</c>, the start. Scalars: <c>d</c>, <c>numerator_weighted</c> (r), <c>g0_norm</c> (G). Sums are
/// accumulated in double. A gradient that is not finite makes all parameters so.
/// </remarks>
public sealed record DAdaptSgd : Rule
{
    /// <summary>lr, a factor on the rate that is found; 0 or more. Default 1. A schedule gives the rate its shape; with noisy gradients a constant 1 is too much (0.1 to 0.3 trained networks well here).</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 1;

    /// <summary>mu, in [0, 1). Default 0.</summary>
    public Schedule Momentum { get; init => field = Constraint.UnitInterval.Check(value); } = 0;

    /// <summary>wd, L2 regularisation added to the gradient, 0 or more. Default 0.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0;

    /// <summary>d before the first step, more than 0: no more than the distance to the minimum. Default 1e-6.</summary>
    public double InitialDistance { get; init => field = Constraint.Positive.Check(value); } = 1e-6;

    /// <summary>The most that d may grow by in a step, as a factor; 1 or more, infinity for no limit. Default infinity.</summary>
    public double GrowthRate { get; init => field = Constraint.Growth.Check(value); } = double.PositiveInfinity;

    internal static RuleEntry Entry { get; } = new(
        "dadapt_sgd", "D-Adapted SGD", "Gradient descent that finds its own learning rate.",
        () => new DAdaptSgd(), 0.2, rate => new DAdaptSgd { LearningRate = rate })
    {
        IsElementwise = false,
        ExtraMoves = 8,
        Formula = "a = lr d / |g_1|; r = r + a <g, s>; s = s + a g; d = max(d, min(2 r / |s|, growth d)); p = mu p + (1 - mu) (x0 - s)",
        Paper = "Defazio, Mishchenko 2023, Learning-Rate-Free Learning by D-Adaptation",
        Definition = "the authors' DAdaptSGD, which leaves the L2 term out of |g_1|",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["dadapt_sgd"] = h => new DAdaptSgd
            {
                LearningRate = h.LearningRate, Momentum = h.Number("momentum"), WeightDecay = h.Number("weight_decay"), InitialDistance = h.Number("d0"),
                GrowthRate = h.OptionalNumber("growth_rate") ?? double.PositiveInfinity,
            },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public DAdaptSgd WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="Momentum"/>.</summary>
    /// <param name="value">The value.</param>
    public DAdaptSgd WithMomentum(Schedule value) => this with { Momentum = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public DAdaptSgd WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <summary>A copy with another <see cref="InitialDistance"/>.</summary>
    /// <param name="value">The value.</param>
    public DAdaptSgd WithInitialDistance(double value) => this with { InitialDistance = value };

    /// <summary>A copy with another <see cref="GrowthRate"/>.</summary>
    /// <param name="value">The value.</param>
    public DAdaptSgd WithGrowthRate(double value) => this with { GrowthRate = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("s"), new("x0") { FromParameters = true }];

    /// <inheritdoc/>
    public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => [new("d", InitialDistance), new("numerator_weighted"), new("g0_norm")];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double learningRate = Constraint.NonNegative.At(LearningRate, plan.Clock), momentum = Constraint.UnitInterval.At(Momentum, plan.Clock);
        double weightDecay = Constraint.NonNegative.At(WeightDecay, plan.Clock), d = plan.Scalar("d");
        plan.ApplyWhole(
            2,
            whole =>
            {
                double first = plan.Scalar("g0_norm");
                first = first == 0 ? whole.GlobalNorm() : first;
                if (first == 0)
                {
                    // No gradient yet: nothing to measure by, and the update is 0 as it is.
                    return;
                }

                if (weightDecay != 0)
                {
                    whole.Sweep(new DecayFormula<T>(weightDecay));
                }

                double rate = learningRate * d / first, numerator = plan.Scalar("numerator_weighted") + (rate * whole.Sum(default(AlongSlot)));
                whole.Sweep(new AccumulateFormula<T>(rate));
                double norm = whole.GlobalNorm(whole.Slot(0));
                plan.SetScalar("g0_norm", first);
                plan.SetScalar("numerator_weighted", numerator);
                plan.SetScalar("d", learningRate > 0 && norm > 0 ? Math.Max(d, Math.Min(2 * numerator / norm, d * GrowthRate)) : d);
                whole.Then(new TowardsDualFormula<T>(1 - momentum));
            },
            mayThrow: false);
    }

    /// <summary><c>g s</c>.</summary>
    private readonly struct AlongSlot : ISummand
    {
        [MethodImpl(AggressiveInlining)]
        public L Term<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, double>
            where S : struct, ISlots<L> => update * slots.Read(0);
    }

    /// <summary><c>s += a g; u = g</c>.</summary>
    private readonly struct AccumulateFormula<T>(double rate) : IFormula<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly T rate = T.CreateTruncating(rate);

        public static int SlotCount => 1;

        [MethodImpl(AggressiveInlining)]
        public L Apply<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, T>
            where S : struct, ISlots<L>
        {
            slots.Write(0, L.FusedMultiplyAdd(update, rate, slots.Read(0)));
            return update;
        }
    }

    /// <summary><c>u = (1 - mu) (p - (x0 - s))</c>.</summary>
    private readonly struct TowardsDualFormula<T>(double share) : IFormula<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly T share = T.CreateTruncating(share);

        public static int SlotCount => 2;

        [MethodImpl(AggressiveInlining)]
        public L Apply<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, T>
            where S : struct, ISlots<L>
        {
            L sum = slots.Read(0), start = slots.Read(1);
            slots.Write(0, sum);
            slots.Write(1, start);
            return (parameter - (start - sum)) * share;
        }
    }
}
