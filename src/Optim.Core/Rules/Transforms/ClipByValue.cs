namespace Optim;

/// <summary>Every element of the update within a limit.</summary>
/// <formula>u = min(max(u, -c), c)</formula>
/// <paper>none</paper>
/// <definition>PyTorch's clip_grad_value_</definition>
/// <remarks>As PyTorch's <c>clip_grad_value_</c>.</remarks>
[RegisteredRule("clip_by_value", "clipping by value")]
public sealed partial record ClipByValue : Rule
{
    /// <summary>Sets the limit, 1 at first.</summary>
    public ClipByValue()
    {
    }

    /// <summary>Sets the limit.</summary>
    /// <param name="clipValue">c; more than 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not positive and finite.</exception>
    public ClipByValue(Schedule clipValue) => ClipValue = clipValue;

    /// <summary>c; more than 0. Default 1.</summary>
    [Range(Bounds.Positive)] public partial Schedule ClipValue { get; init; } = 1;

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.ObserveClipping(() => plan.Apply(new ClampFormula<T>(at.ClipValue)));
    }
}

[Formula]
internal readonly partial struct ClampFormula<T>(double limit)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T limit = T.CreateTruncating(limit);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update)
        where L : struct, ILane<L, T> => L.Min(L.Max(update, L.Broadcast(-limit)), L.Broadcast(limit));
}
