namespace Optim;

/// <summary>The update times a factor.</summary>
/// <formula>u = c u</formula>
/// <paper>none</paper>
/// <definition>our own</definition>
[RegisteredRule("scale", "factor")]
public sealed partial record Scale : Rule
{
    /// <summary>Sets the factor, 1 at first.</summary>
    public Scale()
    {
    }

    /// <summary>Sets the factor.</summary>
    /// <param name="factor">c; finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">The factor is not finite.</exception>
    public Scale(Schedule factor) => Factor = factor;

    /// <summary>c; finite. Default 1.</summary>
    [Range(Bounds.Finite)] public partial Schedule Factor { get; init; } = 1;

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.Apply(new ScaleFormula<T>(at.Factor));
    }
}

/// <summary><c>u = c g</c>.</summary>
[Formula]
internal readonly partial struct ScaleFormula<T>(double factor)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T factor = T.CreateTruncating(factor);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update)
        where L : struct, ILane<L, T> => update * factor;
}

/// <summary><c>u = -g</c>: what <c>Maximize</c> does before anything else sees the gradient.</summary>
[Formula]
internal readonly partial struct NegateFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    [MethodImpl(AggressiveInlining)]
    private static L Apply<L>(L update)
        where L : struct, ILane<L, T> => -update;
}
