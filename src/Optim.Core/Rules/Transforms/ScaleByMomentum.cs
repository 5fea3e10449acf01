namespace Optim;

/// <summary>The momentum buffer as the update.</summary>
/// <formula>
/// v = mu v + (1 - dampening) u, with v = u at t = 1
/// u = v, or u + mu v with Nesterov
/// </formula>
/// <paper>Polyak 1964, Some Methods of Speeding Up the Convergence of Iteration Methods; Nesterov 1983</paper>
/// <definition>PyTorch's SGD</definition>
/// <remarks>The first gradient is not dampened. Slot: <c>momentum_buffer</c>. The piece of <see cref="Sgd"/> and <see cref="RmsProp"/>.</remarks>
[RegisteredRule("scale_by_momentum", "momentum")]
public sealed partial record ScaleByMomentum : Rule
{
    /// <summary>mu, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Momentum { get; init; } = 0.9;

    /// <summary>Taken from each gradient but the first, in [0, 1). Default 0.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Dampening { get; init; } = 0;

    /// <summary>Whether the update looks ahead. Default false.</summary>
    public bool Nesterov { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => MomentumFormula.Slots;

    /// <inheritdoc/>
    public override bool CountsSteps() => Dampening is not ConstantSchedule { Value: 0 };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        if (Nesterov)
        {
            plan.Apply(new NesterovFormula<T>(at.Momentum, at.Dampening, plan.Step));
        }
        else
        {
            plan.Apply(new MomentumFormula<T>(at.Momentum, at.Dampening, plan.Step));
        }
    }
}

/// <summary><c>b = mu b + (1 - dampening) g; u = b</c>.</summary>
[Formula]
internal readonly partial struct MomentumFormula<T>(double momentum, double dampening, long step)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T momentum = T.CreateTruncating(momentum), gain = T.CreateTruncating(step == 1 ? 1 : 1 - dampening);

    [MethodImpl(AggressiveInlining)]
    public L Next<L>(L update, ref L momentum_buffer)
        where L : struct, ILane<L, T> => momentum_buffer = L.FusedMultiplyAdd(momentum_buffer, momentum, update * gain);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L momentum_buffer)
        where L : struct, ILane<L, T> => Next(update, ref momentum_buffer);
}

/// <summary><c>b = mu b + (1 - dampening) g; u = g + mu b</c>.</summary>
[Formula]
internal readonly partial struct NesterovFormula<T>(double momentum, double dampening, long step)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly MomentumFormula<T> buffer = new(momentum, dampening, step);
    private readonly T momentum = T.CreateTruncating(momentum);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L momentum_buffer)
        where L : struct, ILane<L, T> => L.FusedMultiplyAdd(buffer.Next(update, ref momentum_buffer), momentum, update);
}
