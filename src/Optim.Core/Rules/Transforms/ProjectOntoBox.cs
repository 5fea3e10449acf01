using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>Keeps every parameter within bounds: <c>x = min(max(x, l), h)</c>, x where the rules before it lead. Put it last.</summary>
/// <remarks>
/// Projected gradient descent (Goldstein 1964; Levitin and Polyak 1966): the nearest point of a box. A parameter that is not finite comes into the box, NaN stays
/// NaN. Bounds hold exactly, as numbers of the parameters' type: 0.1 is the float nearest to it. A bound may be infinite, for parameters of one sign, say.
/// A rule behind this one receives the way to the projection as its update, which rounds, and may leave the box again.
/// </remarks>
public sealed record ProjectOntoBox : Rule
{
    /// <summary>l, the least; finite or minus infinity, not above <see cref="Upper"/>. Default -1.</summary>
    public double Lower { get; init => field = Constraint.LowerBound.Check(value); } = -1;

    /// <summary>h, the most; finite or infinity. Default 1.</summary>
    public double Upper { get; init => field = Constraint.UpperBound.Check(value); } = 1;

    internal static RuleEntry Entry { get; } = new(
        "project_onto_box", "projection onto a box", "Every parameter within bounds.",
        () => new ProjectOntoBox())
    {
        Formula = "p = min(max(p - u, l), h)",
        Paper = "Goldstein 1964, Convex Programming in Hilbert Space; Levitin and Polyak 1966, Constrained Minimization Methods",
        Definition = "the nearest point of the box",
    };

    /// <summary>A copy with another <see cref="Lower"/>.</summary>
    /// <param name="value">The value.</param>
    public ProjectOntoBox WithLower(double value) => this with { Lower = value };

    /// <summary>A copy with another <see cref="Upper"/>.</summary>
    /// <param name="value">The value.</param>
    public ProjectOntoBox WithUpper(double value) => this with { Upper = value };

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
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.Relocate(new BoxFormula<T>(Lower, Upper));
    }
}

/// <summary><c>x = min(max(x, l), h)</c>.</summary>
internal readonly struct BoxFormula<T>(double lower, double upper) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T lower = Exact.Saturated<T>(lower), upper = Exact.Saturated<T>(upper);

    public static int SlotCount => 0;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L> => L.Min(L.Max(update, L.Broadcast(lower)), L.Broadcast(upper));
}
