using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>Momentum, without a learning rate: <c>b_1 = g_1, b_t = mu b_(t-1) + (1 - dampening) g_t; u = g + mu b</c> (Nesterov) <c>or b</c>.</summary>
/// <remarks>
/// Definition: PyTorch's <c>SGD</c> (Polyak 1964; Nesterov 1983 in the form of Sutskever et al. 2013); the first gradient is not dampened.
/// Slot: <c>momentum_buffer</c>. The piece of <see cref="Sgd"/> and <see cref="RmsProp"/>.
/// </remarks>
public sealed record ScaleByMomentum : Rule
{
    /// <summary>mu, in [0, 1). Default 0.9.</summary>
    public Schedule Momentum { get; init => field = Constraint.UnitInterval.Check(value); } = 0.9;

    /// <summary>Taken from each gradient but the first, in [0, 1). Default 0.</summary>
    public Schedule Dampening { get; init => field = Constraint.UnitInterval.Check(value); } = 0;

    /// <summary>Whether the update looks ahead. Default false.</summary>
    public bool Nesterov { get; init; }

    internal static RuleEntry Entry { get; } = new(
        "scale_by_momentum", "momentum", "The momentum buffer as the update.",
        () => new ScaleByMomentum())
    {
        Formula = """
            v = mu v + (1 - dampening) u, with v = u at t = 1
            u = v, or u + mu v with Nesterov
            """,
        Paper = "Polyak 1964, Some Methods of Speeding Up the Convergence of Iteration Methods; Nesterov 1983",
        Definition = "PyTorch's SGD",
    };

    /// <summary>A copy with another <see cref="Momentum"/>.</summary>
    /// <param name="value">The value.</param>
    public ScaleByMomentum WithMomentum(Schedule value) => this with { Momentum = value };

    /// <summary>A copy with another <see cref="Dampening"/>.</summary>
    /// <param name="value">The value.</param>
    public ScaleByMomentum WithDampening(Schedule value) => this with { Dampening = value };

    /// <summary>A copy with another <see cref="Nesterov"/>.</summary>
    /// <param name="value">The value.</param>
    public ScaleByMomentum WithNesterov(bool value) => this with { Nesterov = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("momentum_buffer")];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double momentum = Constraint.UnitInterval.At(Momentum, plan.Clock), dampening = Constraint.UnitInterval.At(Dampening, plan.Clock);
        if (Nesterov)
        {
            plan.Apply(new NesterovFormula<T>(momentum, dampening, plan.Step));
        }
        else
        {
            plan.Apply(new MomentumFormula<T>(momentum, dampening, plan.Step));
        }
    }
}

/// <summary><c>b = mu b + (1 - dampening) g; u = b</c>.</summary>
internal readonly struct MomentumFormula<T>(double momentum, double dampening, long step) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T momentum = T.CreateTruncating(momentum);
    private readonly T gain = T.CreateTruncating(step == 1 ? 1 : 1 - dampening);

    public static int SlotCount => 1;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        var buffer = L.FusedMultiplyAdd(slots.Read(0), momentum, update * gain);
        slots.Write(0, buffer);
        return buffer;
    }
}

/// <summary><c>b = mu b + (1 - dampening) g; u = g + mu b</c>.</summary>
internal readonly struct NesterovFormula<T>(double momentum, double dampening, long step) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly MomentumFormula<T> buffer = new(momentum, dampening, step);
    private readonly T momentum = T.CreateTruncating(momentum);

    public static int SlotCount => 1;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L> => L.FusedMultiplyAdd(buffer.Apply(update, parameter, slots), momentum, update);
}
