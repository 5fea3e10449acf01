using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using Optim.Trajectories;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>
/// Adadelta: <c>g += wd p; v = rho v + (1 - rho) g^2; d = sqrt(a + eps) / sqrt(v + eps) g; a = rho a + (1 - rho) d^2; p -= lr d</c>.
/// </summary>
/// <remarks>
/// Definition: PyTorch's <c>Adadelta</c> (Zeiler 2012, algorithm 1, which has no learning rate: lr = 1; the paper's d carries the minus sign).
/// a holds the steps before the learning rate. Epsilon is what the first step comes from: with <see cref="Epsilon"/> 0 nothing ever moves.
/// Slots: <c>square_avg</c> (v), <c>acc_delta</c> (a).
/// </remarks>
public sealed record AdaDelta : Rule
{
    /// <summary>lr, 0 or more. Default 1.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 1;

    /// <summary>rho, how much of both mean squares stays, in [0, 1). Default 0.9 (0.95 in the paper and in Keras).</summary>
    public Schedule Rho { get; init => field = Constraint.UnitInterval.Check(value); } = 0.9;

    /// <summary>eps, added to both mean squares under their roots, 0 or more. Default 1e-6.</summary>
    public Schedule Epsilon { get; init => field = Constraint.NonNegative.Check(value); } = 1e-6;

    /// <summary>wd, L2 regularisation added to the gradient, 0 or more. Default 0.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0;

    /// <summary>Whether the sign of the gradient is turned first, so that the rule ascends. Default false.</summary>
    public bool Maximize { get; init; }

    internal static RuleEntry Entry { get; } = new(
        "adadelta", "Adadelta", "Steps in the parameter's own units, without a learning rate to choose.",
        () => new AdaDelta(), 1, rate => new AdaDelta { LearningRate = rate })
    {
        Formula = """
            g = g + wd p
            v = rho v + (1 - rho) g^2
            d = sqrt(a + eps) / sqrt(v + eps) g
            a = rho a + (1 - rho) d^2
            p = p - lr d
            """,
        Paper = "Zeiler 2012, ADADELTA: An Adaptive Learning Rate Method",
        Definition = "PyTorch's Adadelta: a learning rate, 1 by default, multiplies the step after it has entered the mean of squared steps.",
        Disagreements = "The paper has no learning rate (LearningRate = 1) and takes rho = 0.95. Some libraries default to a rate of 0.001, which hardly moves.",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["adadelta"] = h => new AdaDelta
            {
                LearningRate = h.LearningRate, Rho = h.Number("rho"), Epsilon = h.Number("eps"), WeightDecay = h.Number("weight_decay"),
                Maximize = h.Flag("maximize"),
            },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaDelta WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="Rho"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaDelta WithRho(Schedule value) => this with { Rho = value };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaDelta WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaDelta WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <summary>A copy with another <see cref="Maximize"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaDelta WithMaximize(bool value) => this with { Maximize = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("square_avg"), new("acc_delta")];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double rho = Constraint.UnitInterval.At(Rho, plan.Clock), epsilon = Constraint.NonNegative.At(Epsilon, plan.Clock);
        plan.ApplyGradientTerms(Maximize, Constraint.NonNegative.At(WeightDecay, plan.Clock));
        plan.ApplyAtRate(new AdaDeltaFormula<T>(rho, epsilon), Constraint.NonNegative.At(LearningRate, plan.Clock));
    }
}

/// <summary><c>v = rho v + (1 - rho) g^2; d = sqrt(a + eps) / sqrt(v + eps) g; a = rho a + (1 - rho) d^2; u = d</c>.</summary>
internal readonly struct AdaDeltaFormula<T>(double rho, double epsilon) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T rho = T.CreateTruncating(rho), gain = T.CreateTruncating(1 - rho), epsilon = T.CreateTruncating(epsilon);

    public static int SlotCount => 2;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        var steps = slots.Read(1);
        var square = L.FusedMultiplyAdd(slots.Read(0), rho, update * update * gain);
        var step = L.Sqrt(steps + L.Broadcast(epsilon)) / L.Sqrt(square + L.Broadcast(epsilon)) * update;
        slots.Write(0, square);
        slots.Write(1, L.FusedMultiplyAdd(steps, rho, step * step * gain));
        return step;
    }
}
