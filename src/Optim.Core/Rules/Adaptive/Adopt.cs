using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using Optim.Trajectories;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>
/// Adam whose gradient is divided by the root mean square of the gradients before it, then averaged: <c>g += wd p</c>; at the first step only
/// <c>v = g^2</c>; after it <c>n = g / max(sqrt(v), eps)</c> within +-c, <c>m = b1 m + (1 - b1) n; p -= lr m; v = b2 v + (1 - b2) g^2</c>,
/// with <c>c = (t - 1)^k</c>.
/// </summary>
/// <remarks>
/// Definition: Taniguchi et al. 2024, "ADOPT: modified Adam can converge with any beta2 with the optimal rate", in its revised form with
/// clipping, as in pytorch-image-models (k = 0.333; the authors take 1/4). The first step moves no parameter. Slots: <c>exp_avg</c>, <c>exp_avg_sq</c>.
/// </remarks>
public sealed record Adopt : Rule
{
    /// <summary>lr, 0 or more. Default 0.001.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 1e-3;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    public Schedule Beta1 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.9999.</summary>
    public Schedule Beta2 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.9999;

    /// <summary>eps, the least that a gradient is divided by, 0 or more. Default 1e-6.</summary>
    public Schedule Epsilon { get; init => field = Constraint.NonNegative.Check(value); } = 1e-6;

    /// <summary>Whether the quotient is clipped; the paper's first form did not. Default true.</summary>
    public bool ClipQuotient { get; init; } = true;

    /// <summary>k, how the clipping widens with the steps, 0 or more: <c>(t - 1)^k</c>. Default 0.333; 0.25 in the paper.</summary>
    public Schedule ClipExponent { get; init => field = Constraint.NonNegative.Check(value); } = 0.333;

    /// <summary>wd, 0 or more; L2 regularisation added to the gradient, unless <see cref="DecoupledWeightDecay"/>. Default 0.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0;

    /// <summary>Whether the decay is taken from the parameter itself, <c>p -= lr wd p</c>, from the second step on, and never enters the moments. Default false.</summary>
    public bool DecoupledWeightDecay { get; init; }

    /// <summary>Whether the sign of the gradient is turned first, so that the rule ascends. Default false.</summary>
    public bool Maximize { get; init; }

    internal static RuleEntry Entry { get; } = new(
        "adopt", "ADOPT", "Adam that divides each gradient by the root mean square of those before it.",
        () => new Adopt(), 0.005, rate => new Adopt { LearningRate = rate })
    {
        RestingSteps = 1,
        Formula = """
            g += wd p
            t = 1: v = g^2, and nothing else
            n = g / max(sqrt(v), eps), within +-(t - 1)^k
            m = b1 m + (1 - b1) n
            p -= lr m
            v = b2 v + (1 - b2) g^2
            """,
        Paper = "Taniguchi, Harada, Minegishi, Oshima, Jeong, Nagahara, Iiyama, Suzuki, Iwasawa, Matsuo 2024, ADOPT: modified Adam can converge with any beta2 with the optimal rate",
        Definition = "pytorch-image-models, which follows the authors' revised code.",
        Disagreements = "The authors clip at (t - 1)^0.25: ClipExponent = 0.25. The paper's first form does not clip: ClipQuotient = false.",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["adopt"] = h => new Adopt
            {
                LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
                ClipQuotient = h.OptionalNumber("clip_exp") is not null, ClipExponent = h.OptionalNumber("clip_exp") ?? 0,
                WeightDecay = h.Number("weight_decay"), DecoupledWeightDecay = h.Flag("decoupled"), Maximize = h.Flag("maximize"),
            },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public Adopt WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="Beta1"/>.</summary>
    /// <param name="value">The value.</param>
    public Adopt WithBeta1(Schedule value) => this with { Beta1 = value };

    /// <summary>A copy with another <see cref="Beta2"/>.</summary>
    /// <param name="value">The value.</param>
    public Adopt WithBeta2(Schedule value) => this with { Beta2 = value };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public Adopt WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <summary>A copy with another <see cref="ClipQuotient"/>.</summary>
    /// <param name="value">The value.</param>
    public Adopt WithClipQuotient(bool value) => this with { ClipQuotient = value };

    /// <summary>A copy with another <see cref="ClipExponent"/>.</summary>
    /// <param name="value">The value.</param>
    public Adopt WithClipExponent(Schedule value) => this with { ClipExponent = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public Adopt WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <summary>A copy with another <see cref="DecoupledWeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public Adopt WithDecoupledWeightDecay(bool value) => this with { DecoupledWeightDecay = value };

    /// <summary>A copy with another <see cref="Maximize"/>.</summary>
    /// <param name="value">The value.</param>
    public Adopt WithMaximize(bool value) => this with { Maximize = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("exp_avg"), new("exp_avg_sq")];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double learningRate = Constraint.NonNegative.At(LearningRate, plan.Clock), weightDecay = Constraint.NonNegative.At(WeightDecay, plan.Clock);
        double beta1 = Constraint.UnitInterval.At(Beta1, plan.Clock), beta2 = Constraint.UnitInterval.At(Beta2, plan.Clock);
        double epsilon = Constraint.NonNegative.At(Epsilon, plan.Clock), exponent = Constraint.NonNegative.At(ClipExponent, plan.Clock);
        plan.ApplyGradientTerms(Maximize, DecoupledWeightDecay ? 0 : weightDecay);
        if (plan.Step == 1)
        {
            plan.LeaveSlots(1);
            plan.Apply(default(FirstSquareFormula<T>));
            return;
        }

        double limit = ClipQuotient ? Exact.Power(plan.Clock, exponent) : double.PositiveInfinity;
        plan.ApplyAtRate(new AdoptFormula<T>(beta1, beta2, epsilon, limit), learningRate, DecoupledWeightDecay ? weightDecay : 0);
    }
}

/// <summary><c>v = g^2; u = 0</c>.</summary>
internal readonly struct FirstSquareFormula<T> : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static int SlotCount => 1;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        slots.Write(0, update * update);
        return L.Broadcast(T.Zero);
    }
}

/// <summary><c>n = g / max(sqrt(v), eps)</c> within a limit<c>; m = b1 m + (1 - b1) n; v = b2 v + (1 - b2) g^2; u = m</c>.</summary>
internal readonly struct AdoptFormula<T>(double beta1, double beta2, double epsilon, double limit) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T beta1 = T.CreateTruncating(beta1), gain1 = T.CreateTruncating(1 - beta1);
    private readonly T beta2 = T.CreateTruncating(beta2), gain2 = T.CreateTruncating(1 - beta2);
    private readonly T epsilon = T.CreateTruncating(epsilon), limit = T.CreateTruncating(limit);

    public static int SlotCount => 2;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        L before = slots.Read(1), most = L.Broadcast(limit);
        var quotient = update / L.Max(L.Sqrt(before), L.Broadcast(epsilon));
        var m = L.FusedMultiplyAdd(slots.Read(0), beta1, L.Max(-most, L.Min(most, quotient)) * gain1);
        slots.Write(0, m);
        slots.Write(1, L.FusedMultiplyAdd(before, beta2, update * update * gain2));
        return m;
    }
}
