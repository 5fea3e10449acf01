using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using Optim.Trajectories;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>
/// Quasi-hyperbolic momentum, a weighted mean of gradient descent and momentum: <c>g += wd p; m = b m + (1 - b) g;
/// p -= lr ((1 - nu) g + nu m)</c>.
/// </summary>
/// <remarks>
/// Definition: Ma and Yarats 2019, "Quasi-hyperbolic momentum and Adam for deep learning", as in the authors' code (qhoptim). The momentum is
/// dampened and starts from 0 without correction, so that the learning rate corresponds to <c>lr (1 - b)</c> of <see cref="Sgd"/>.
/// With nu 0 it is gradient descent, with nu 1 dampened momentum, with nu = b Nesterov's. Slot: <c>momentum_buffer</c>.
/// </remarks>
public sealed record Qhm : Rule
{
    /// <summary>lr, 0 or more. Default 1, the paper's recommendation.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 1;

    /// <summary>b, in [0, 1). Default 0.999.</summary>
    public Schedule Momentum { get; init => field = Constraint.UnitInterval.Check(value); } = 0.999;

    /// <summary>nu, the weight of the momentum in the step, in [0, 1]. Default 0.7.</summary>
    public Schedule Nu { get; init => field = Constraint.Fraction.Check(value); } = 0.7;

    /// <summary>wd, 0 or more; L2 regularisation added to the gradient, unless <see cref="DecoupledWeightDecay"/>. Default 0.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0;

    /// <summary>Whether the decay is taken from the parameter itself, <c>p -= lr wd p</c>, and never enters the momentum. Default false.</summary>
    public bool DecoupledWeightDecay { get; init; }

    internal static RuleEntry Entry { get; } = new(
        "qhm", "QHM", "A weighted mean of gradient descent and momentum.",
        () => new Qhm(), 0.5, rate => new Qhm { LearningRate = rate })
    {
        Formula = """
            g += wd p
            m = b m + (1 - b) g
            u = (1 - nu) g + nu m
            p -= lr u
            """,
        Paper = "Ma, Yarats 2019, Quasi-hyperbolic momentum and Adam for deep learning",
        Definition = "The paper's and the authors' (qhoptim): dampened momentum from 0, without correction.",
        Disagreements = "The authors allow nu outside [0, 1]; here it is a weight.",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["qhm"] = h => new Qhm
            {
                LearningRate = h.LearningRate, Momentum = h.Number("momentum"), Nu = h.Number("nu"), WeightDecay = h.Number("weight_decay"),
                DecoupledWeightDecay = h.Choice("weight_decay_type", "grad", "direct") == "direct",
            },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public Qhm WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="Momentum"/>.</summary>
    /// <param name="value">The value.</param>
    public Qhm WithMomentum(Schedule value) => this with { Momentum = value };

    /// <summary>A copy with another <see cref="Nu"/>.</summary>
    /// <param name="value">The value.</param>
    public Qhm WithNu(Schedule value) => this with { Nu = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public Qhm WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <summary>A copy with another <see cref="DecoupledWeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public Qhm WithDecoupledWeightDecay(bool value) => this with { DecoupledWeightDecay = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("momentum_buffer")];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double learningRate = Constraint.NonNegative.At(LearningRate, plan.Clock), weightDecay = Constraint.NonNegative.At(WeightDecay, plan.Clock);
        plan.ApplyGradientTerms(maximize: false, DecoupledWeightDecay ? 0 : weightDecay);
        plan.ApplyAtRate(
            new QhmFormula<T>(Constraint.UnitInterval.At(Momentum, plan.Clock), Constraint.Fraction.At(Nu, plan.Clock)),
            learningRate,
            DecoupledWeightDecay ? weightDecay : 0);
    }
}

/// <summary><c>m = b m + (1 - b) g; u = (1 - nu) g + nu m</c>.</summary>
internal readonly struct QhmFormula<T>(double momentum, double nu) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T momentum = T.CreateTruncating(momentum), gain = T.CreateTruncating(1 - momentum);
    private readonly Blend<T> blend = new(nu);

    public static int SlotCount => 1;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        var m = L.FusedMultiplyAdd(slots.Read(0), momentum, update * gain);
        slots.Write(0, m);
        return blend.Of(update, m);
    }
}

/// <summary>A weighted mean of what is new and what is remembered, <c>(1 - nu) x + nu m</c>; what has no weight is left out.</summary>
internal readonly struct Blend<T>(double nu)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T nu = T.CreateTruncating(nu), rest = T.CreateTruncating(1 - nu);

    [MethodImpl(AggressiveInlining)]
    public L Of<L>(L x, L m)
        where L : struct, ILane<L, T> =>
        nu == T.Zero ? x : rest == T.Zero ? m : L.FusedMultiplyAdd(m, nu, x * rest);
}
