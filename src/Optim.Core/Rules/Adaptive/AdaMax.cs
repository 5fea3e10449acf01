using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using Optim.Trajectories;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>
/// AdaMax, Adam with the infinity norm: <c>g += wd p; m = b1 m + (1 - b1) g; u = max(b2 u, |g| + eps); p -= lr (m / (1 - b1^t)) / u</c>.
/// </summary>
/// <remarks>
/// Definition: PyTorch's <c>Adamax</c> (Kingma and Ba 2015, algorithm 2). The paper has no epsilon: with <see cref="Epsilon"/> 0 this is
/// its algorithm, and an element that has never had a gradient becomes NaN (0 / 0). Slots: <c>exp_avg</c>, <c>exp_inf</c>.
/// </remarks>
public sealed record AdaMax : Rule
{
    /// <summary>lr, 0 or more. Default 0.002.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 2e-3;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    public Schedule Beta1 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.9;

    /// <summary>b2, how much of the largest magnitude stays, in [0, 1). Default 0.999.</summary>
    public Schedule Beta2 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.999;

    /// <summary>eps, added to the gradient's magnitude, 0 or more. Default 1e-8.</summary>
    public Schedule Epsilon { get; init => field = Constraint.NonNegative.Check(value); } = 1e-8;

    /// <summary>wd, L2 regularisation added to the gradient, 0 or more. Default 0.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0;

    /// <summary>Whether the sign of the gradient is turned first, so that the rule ascends. Default false.</summary>
    public bool Maximize { get; init; }

    internal static RuleEntry Entry { get; } = new(
        "adamax", "AdaMax", "Momentum divided by the largest recent gradient.",
        () => new AdaMax(), 0.02, rate => new AdaMax { LearningRate = rate })
    {
        Formula = """
            g = g + wd p
            m = b1 m + (1 - b1) g
            u = max(b2 u, |g| + eps)
            p = p - lr m / (1 - b1^t) / u
            """,
        Paper = "Kingma and Ba 2015, Adam: A Method for Stochastic Optimization (algorithm 2)",
        Definition = "PyTorch's Adamax: epsilon is added to the magnitude, inside the maximum.",
        Disagreements = "The paper has no epsilon: Epsilon = 0.",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["adamax"] = h => new AdaMax
            {
                LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
                WeightDecay = h.Number("weight_decay"), Maximize = h.Flag("maximize"),
            },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaMax WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="Beta1"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaMax WithBeta1(Schedule value) => this with { Beta1 = value };

    /// <summary>A copy with another <see cref="Beta2"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaMax WithBeta2(Schedule value) => this with { Beta2 = value };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaMax WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaMax WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <summary>A copy with another <see cref="Maximize"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaMax WithMaximize(bool value) => this with { Maximize = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("exp_avg"), new("exp_inf")];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double beta1 = Constraint.UnitInterval.At(Beta1, plan.Clock), beta2 = Constraint.UnitInterval.At(Beta2, plan.Clock);
        double epsilon = Constraint.NonNegative.At(Epsilon, plan.Clock);
        plan.ApplyGradientTerms(Maximize, Constraint.NonNegative.At(WeightDecay, plan.Clock));
        plan.ApplyAtRate(new AdaMaxFormula<T>(beta1, beta2, epsilon, plan.Step), Constraint.NonNegative.At(LearningRate, plan.Clock));
    }
}

/// <summary><c>m = b1 m + (1 - b1) g; u = max(b2 u, |g| + eps)</c>; the direction <c>(m / (1 - b1^t)) / u</c>.</summary>
internal readonly struct AdaMaxFormula<T>(double beta1, double beta2, double epsilon, long step) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T beta1 = T.CreateTruncating(beta1), gain1 = T.CreateTruncating(1 - beta1), beta2 = T.CreateTruncating(beta2);
    private readonly T correction = T.CreateTruncating(1 / (1 - Exact.Power(beta1, step))), epsilon = T.CreateTruncating(epsilon);

    public static int SlotCount => 2;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        var m = L.FusedMultiplyAdd(slots.Read(0), beta1, update * gain1);
        var largest = L.Max(slots.Read(1) * beta2, L.Abs(update) + L.Broadcast(epsilon));
        slots.Write(0, m);
        slots.Write(1, largest);
        return m * correction / largest;
    }
}
