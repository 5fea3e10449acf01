using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using Optim.Trajectories;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>
/// Adaptive Nesterov momentum, from the gradient and its difference d from the one before: <c>m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) d;
/// n = b3 n + (1 - b3) (g + b2 d)^2; u = (m / (1 - b1^t) + b2 v / (1 - b2^t)) / (sqrt(n / (1 - b3^t)) + eps);
/// p = (p - lr u) / (1 + lr wd)</c>.
/// </summary>
/// <remarks>
/// Definition: Xie, Zhou, Li, Lin and Yan 2022, "Adan: adaptive Nesterov momentum algorithm for faster optimizing deep models", as in the
/// authors' code: the betas are what is kept (the paper writes 1 - b), the moments start from 0 and are corrected (the paper starts them from the first
/// gradient, uncorrected), the first difference is 0, and there is no restart. The decay is a proximal step; see <see cref="ProximalWeightDecay"/>.
/// The authors' <c>max_grad_norm</c> is a <see cref="ClipByGlobalNorm"/> in front, of the same epsilon.
/// Slots: <c>exp_avg</c>, <c>exp_avg_diff</c>, <c>exp_avg_sq</c>, <c>neg_pre_grad</c> (minus the last gradient).
/// </remarks>
public sealed record Adan : Rule
{
    /// <summary>lr, 0 or more. Default 0.001.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 1e-3;

    /// <summary>b1, for the gradient, in [0, 1). Default 0.98.</summary>
    public Schedule Beta1 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.98;

    /// <summary>b2, for the difference, in [0, 1). Default 0.92.</summary>
    public Schedule Beta2 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.92;

    /// <summary>b3, for the square, in [0, 1). Default 0.99.</summary>
    public Schedule Beta3 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.99;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    public Schedule Epsilon { get; init => field = Constraint.NonNegative.Check(value); } = 1e-8;

    /// <summary>wd, decoupled weight decay, 0 or more. Default 0; the authors use 0.02.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0;

    /// <summary>
    /// Whether the decay divides what the step leads to by <c>1 + lr wd</c>, as the paper derives it. If not, it is taken from the parameter
    /// before the step as in <see cref="AdamW"/>: <c>p = (1 - lr wd) p - lr u</c> (the authors' <c>no_prox</c>). Default true.
    /// </summary>
    public bool ProximalWeightDecay { get; init; } = true;

    internal static RuleEntry Entry { get; } = new(
        "adan", "Adan", "Nesterov momentum from differences of gradients, divided by their root mean square.",
        () => new Adan(), 0.005, rate => new Adan { LearningRate = rate })
    {
        Formula = """
            d = g - g_before (0 at first)
            m = b1 m + (1 - b1) g
            v = b2 v + (1 - b2) d
            n = b3 n + (1 - b3) (g + b2 d)^2
            u = (m / (1 - b1^t) + b2 v / (1 - b2^t)) / (sqrt(n / (1 - b3^t)) + eps)
            p = (p - lr u) / (1 + lr wd)
            """,
        Paper = "Xie, Zhou, Li, Lin, Yan 2022, Adan: adaptive Nesterov momentum algorithm for faster optimizing deep models",
        Definition = "The authors' code: corrected moments, betas as what is kept, no restart.",
        Disagreements = "The paper corrects no bias, starts its moments from the first gradient and writes the betas as 1 - b. ProximalWeightDecay = false decays as AdamW.",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["adan"] = h =>
            {
                var adan = new Adan
                {
                    LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Beta3 = h.Number("betas", 2),
                    Epsilon = h.Number("eps"), WeightDecay = h.Number("weight_decay"), ProximalWeightDecay = !h.Flag("no_prox"),
                };
                double maxNorm = h.Number("max_grad_norm");
                return maxNorm == 0 ? adan : new ClipByGlobalNorm(maxNorm) { Epsilon = adan.Epsilon }.Then(adan);
            },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public Adan WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="Beta1"/>.</summary>
    /// <param name="value">The value.</param>
    public Adan WithBeta1(Schedule value) => this with { Beta1 = value };

    /// <summary>A copy with another <see cref="Beta2"/>.</summary>
    /// <param name="value">The value.</param>
    public Adan WithBeta2(Schedule value) => this with { Beta2 = value };

    /// <summary>A copy with another <see cref="Beta3"/>.</summary>
    /// <param name="value">The value.</param>
    public Adan WithBeta3(Schedule value) => this with { Beta3 = value };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public Adan WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public Adan WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <summary>A copy with another <see cref="ProximalWeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public Adan WithProximalWeightDecay(bool value) => this with { ProximalWeightDecay = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() =>
        [new("exp_avg"), new("exp_avg_diff"), new("exp_avg_sq"), new("neg_pre_grad")];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double learningRate = Constraint.NonNegative.At(LearningRate, plan.Clock), weightDecay = Constraint.NonNegative.At(WeightDecay, plan.Clock);
        var direction = new AdanFormula<T>(
            Constraint.UnitInterval.At(Beta1, plan.Clock), Constraint.UnitInterval.At(Beta2, plan.Clock), Constraint.UnitInterval.At(Beta3, plan.Clock),
            Constraint.NonNegative.At(Epsilon, plan.Clock), plan.Step);
        if (ProximalWeightDecay && weightDecay != 0)
        {
            plan.Place(Formula.Then<T, AdanFormula<T>, ProximalStepFormula<T>>(direction, new(learningRate, weightDecay)));
        }
        else
        {
            plan.ApplyAtRate(direction, learningRate, weightDecay);
        }
    }
}

/// <summary>The direction of <see cref="Adan"/>.</summary>
internal readonly struct AdanFormula<T>(double beta1, double beta2, double beta3, double epsilon, long step) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T beta1 = T.CreateTruncating(beta1), gain1 = T.CreateTruncating(1 - beta1);
    private readonly T beta2 = T.CreateTruncating(beta2), gain2 = T.CreateTruncating(1 - beta2);
    private readonly T beta3 = T.CreateTruncating(beta3), gain3 = T.CreateTruncating(1 - beta3);
    private readonly T correction1 = T.CreateTruncating(1 / (1 - Exact.Power(beta1, step)));
    private readonly T correction2 = T.CreateTruncating(beta2 / (1 - Exact.Power(beta2, step)));
    private readonly T correction3 = T.CreateTruncating(1 / (1 - Exact.Power(beta3, step)));
    private readonly T epsilon = T.CreateTruncating(epsilon);
    private readonly bool hasBefore = step > 1;

    public static int SlotCount => 4;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        var difference = hasBefore ? update + slots.Read(3) : L.Broadcast(T.Zero);
        var ahead = L.FusedMultiplyAdd(difference, beta2, update);
        var m = L.FusedMultiplyAdd(slots.Read(0), beta1, update * gain1);
        var v = L.FusedMultiplyAdd(slots.Read(1), beta2, difference * gain2);
        var n = L.FusedMultiplyAdd(slots.Read(2), beta3, ahead * ahead * gain3);
        slots.Write(0, m);
        slots.Write(1, v);
        slots.Write(2, n);
        slots.Write(3, -update);
        return L.FusedMultiplyAdd(v, correction2, m * correction1) / (L.Sqrt(n * correction3) + L.Broadcast(epsilon));
    }
}

/// <summary>From a direction to the new parameter: <c>(p - lr u) / (1 + lr wd)</c>.</summary>
internal readonly struct ProximalStepFormula<T>(double learningRate, double weightDecay) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T rate = T.CreateTruncating(learningRate), shrink = T.CreateTruncating(1 / (1 + (learningRate * weightDecay)));

    public static int SlotCount => 0;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L> => (parameter - (update * rate)) * shrink;
}
