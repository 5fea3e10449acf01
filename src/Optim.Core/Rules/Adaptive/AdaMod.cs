using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using Optim.Trajectories;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>
/// Adam whose rate for each element stays below its own mean: m and v as in <see cref="Adam"/>,
/// <c>e = lr sqrt(1 - b2^t) / (1 - b1^t) / (sqrt(v) + eps); s = b3 s + (1 - b3) e; p -= min(e, s) m + lr wd p</c>, with p from before the step.
/// </summary>
/// <remarks>
/// Definition: Ding, Ren, Luo and Sun 2019, "An adaptive and momental bound method for stochastic learning", as in the authors' code:
/// the decay is decoupled, and epsilon is added to the root that is not corrected yet; <see cref="EpsilonAfterCorrection"/> adds it as the
/// paper writes it. The mean s starts from 0 and is not corrected, which warms the rate up. Slots: <c>exp_avg</c>, <c>exp_avg_sq</c>, <c>exp_avg_lr</c>.
/// </remarks>
public sealed record AdaMod : Rule
{
    /// <summary>lr, 0 or more. Default 0.001.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 1e-3;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    public Schedule Beta1 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    public Schedule Beta2 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.999;

    /// <summary>b3, for the mean of the rates, in [0, 1). Default 0.999.</summary>
    public Schedule Beta3 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    public Schedule Epsilon { get; init => field = Constraint.NonNegative.Check(value); } = 1e-8;

    /// <summary>Whether epsilon is added to the corrected root, <c>sqrt(v / (1 - b2^t)) + eps</c>, as in the paper and in <see cref="Adam"/>. Default false.</summary>
    public bool EpsilonAfterCorrection { get; init; }

    /// <summary>wd, decoupled weight decay, 0 or more. Default 0.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0;

    internal static RuleEntry Entry { get; } = new(
        "adamod", "AdaMod", "Adam whose rate for each element stays below its own mean.",
        () => new AdaMod(), 0.005, rate => new AdaMod { LearningRate = rate })
    {
        Formula = """
            m = b1 m + (1 - b1) g
            v = b2 v + (1 - b2) g^2
            e = lr sqrt(1 - b2^t) / (1 - b1^t) / (sqrt(v) + eps)
            s = b3 s + (1 - b3) e
            p -= min(e, s) m + lr wd p
            """,
        Paper = "Ding, Ren, Luo, Sun 2019, An adaptive and momental bound method for stochastic learning",
        Definition = "The authors' code: decoupled decay, epsilon on the uncorrected root.",
        Disagreements = "The paper adds eps to the corrected root: EpsilonAfterCorrection = true.",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["adamod"] = h => new AdaMod
            {
                LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Beta3 = h.Number("beta3"),
                Epsilon = h.Number("eps"), WeightDecay = h.Number("weight_decay"),
            },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaMod WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="Beta1"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaMod WithBeta1(Schedule value) => this with { Beta1 = value };

    /// <summary>A copy with another <see cref="Beta2"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaMod WithBeta2(Schedule value) => this with { Beta2 = value };

    /// <summary>A copy with another <see cref="Beta3"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaMod WithBeta3(Schedule value) => this with { Beta3 = value };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaMod WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <summary>A copy with another <see cref="EpsilonAfterCorrection"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaMod WithEpsilonAfterCorrection(bool value) => this with { EpsilonAfterCorrection = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaMod WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("exp_avg"), new("exp_avg_sq"), new("exp_avg_lr")];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double learningRate = Constraint.NonNegative.At(LearningRate, plan.Clock), weightDecay = Constraint.NonNegative.At(WeightDecay, plan.Clock);
        var step = new AdaModFormula<T>(
            AdamScalars<T>.InFront(plan.Clock, Beta1, Beta2, Epsilon, EpsilonAfterCorrection), learningRate, Constraint.UnitInterval.At(Beta3, plan.Clock));
        if (weightDecay == 0)
        {
            plan.Apply(step);
        }
        else
        {
            plan.Apply(Formula.Then<T, AdaModFormula<T>, DecayFormula<T>>(step, new(learningRate * weightDecay)));
        }
    }
}

/// <summary><c>e = lr sqrt(1 - b2^t) / (1 - b1^t) / (sqrt(v) + eps); s = b3 s + (1 - b3) e; u = min(e, s) m</c>.</summary>
internal readonly struct AdaModFormula<T>(AdamScalars<T> at, double rate, double beta3) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;
    private readonly T rate = T.CreateTruncating(rate), beta3 = T.CreateTruncating(beta3), gain3 = T.CreateTruncating(1 - beta3);

    public static int SlotCount => 3;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        var m = at.Mean(slots.Read(0), update);
        var v = at.MeanSquare(slots.Read(1), update);
        var own = at.Corrected(L.Broadcast(rate)) / at.Root(v);
        var mean = L.FusedMultiplyAdd(slots.Read(2), beta3, own * gain3);
        slots.Write(0, m);
        slots.Write(1, v);
        slots.Write(2, mean);
        return L.Min(own, mean) * m;
    }
}
