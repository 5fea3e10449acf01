namespace Optim;

/// <summary>Every parameter within bounds.</summary>
/// <formula>p = min(max(p - u, l), h)</formula>
/// <paper>Goldstein 1964, Convex Programming in Hilbert Space; Levitin and Polyak 1966, Constrained Minimization Methods</paper>
/// <definition>the nearest point of the box</definition>
/// <remarks>
/// A parameter that is not finite comes into the box, NaN stays NaN. Bounds hold exactly, as numbers of the parameters' type: 0.1 is the float nearest to it.
/// A bound may be infinite, for parameters of one sign, say. A rule behind this one receives the way to the projection as its update, which rounds, and may
/// leave the box again.
/// </remarks>
[RegisteredRule("project_onto_box", "projection onto a box")]
public sealed partial record ProjectOntoBox : Rule
{
    /// <summary>l, the least; finite or minus infinity, not above <see cref="Upper"/>. Default -1.</summary>
    [Range(Bounds.LowerBound)] public partial double Lower { get; init; } = -1;

    /// <summary>h, the most; finite or infinity. Default 1.</summary>
    [Range(Bounds.UpperBound)] public partial double Upper { get; init; } = 1;

    /// <inheritdoc/>
    public override void Validate()
    {
        if (Lower > Upper)
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"{nameof(Lower)} must not be above {nameof(Upper)}, they were {Lower} and {Upper}."));
        }
    }

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { Projects = true };

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.TransformParameters(new BoxFormula<T>(Lower, Upper));
    }
}

[Formula]
internal readonly partial struct BoxFormula<T>(double lower, double upper)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T lower = Exact.Saturated<T>(lower), upper = Exact.Saturated<T>(upper);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update)
        where L : struct, ILane<L, T> => L.Min(L.Max(update, L.Broadcast(lower)), L.Broadcast(upper));
}
