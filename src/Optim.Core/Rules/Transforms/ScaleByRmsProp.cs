using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>RMSprop's direction, without a learning rate: <c>v = a v + (1 - a) g^2; u = g / (sqrt(v) + eps)</c>.</summary>
/// <remarks>
/// Centred (Graves 2013): also <c>m = a m + (1 - a) g</c>, and <c>max(v - m^2, 0)</c> in place of v; the maximum keeps rounding from
/// taking the root of a negative number (PyTorch 1.13 reaches NaN there). Definition: PyTorch's <c>RMSprop</c> (Tieleman and Hinton 2012).
/// Slots: <c>square_avg</c>, centred <c>grad_avg</c>. The piece of <see cref="RmsProp"/>.
/// </remarks>
public sealed record ScaleByRmsProp : Rule
{
    /// <summary>a, how much of the mean square stays, in [0, 1). Default 0.99 (0.9 in the lecture and some libraries).</summary>
    public Schedule Alpha { get; init => field = Constraint.UnitInterval.Check(value); } = 0.99;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    public Schedule Epsilon { get; init => field = Constraint.NonNegative.Check(value); } = 1e-8;

    /// <summary>Whether epsilon is added under the root, as TensorFlow does: <c>sqrt(v + eps)</c>. Default false.</summary>
    public bool EpsilonInsideRoot { get; init; }

    /// <summary>Whether the square of the mean gradient is taken off: the variance in place of the mean square. Default false.</summary>
    public bool Centered { get; init; }

    /// <summary>What v starts from, 0 or more. Default 0 (1 in TensorFlow).</summary>
    public double InitialAccumulator { get; init => field = Constraint.NonNegative.Check(value); }

    internal static RuleEntry Entry { get; } = new(
        "scale_by_rmsprop", "RMSprop's direction", "The update divided by its recent root mean square.",
        () => new ScaleByRmsProp())
    {
        Formula = """
            v = a v + (1 - a) u^2; u = u / (sqrt(v) + eps)
            """,
        Paper = "Tieleman and Hinton 2012, Coursera lecture 6.5",
        Definition = "PyTorch's RMSprop",
    };

    /// <summary>A copy with another <see cref="Alpha"/>.</summary>
    /// <param name="value">The value.</param>
    public ScaleByRmsProp WithAlpha(Schedule value) => this with { Alpha = value };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public ScaleByRmsProp WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <summary>A copy with another <see cref="EpsilonInsideRoot"/>.</summary>
    /// <param name="value">The value.</param>
    public ScaleByRmsProp WithEpsilonInsideRoot(bool value) => this with { EpsilonInsideRoot = value };

    /// <summary>A copy with another <see cref="Centered"/>.</summary>
    /// <param name="value">The value.</param>
    public ScaleByRmsProp WithCentered(bool value) => this with { Centered = value };

    /// <summary>A copy with another <see cref="InitialAccumulator"/>.</summary>
    /// <param name="value">The value.</param>
    public ScaleByRmsProp WithInitialAccumulator(double value) => this with { InitialAccumulator = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() =>
        Centered ? [new("square_avg", InitialAccumulator), new("grad_avg")] : [new("square_avg", InitialAccumulator)];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var scalars = new RmsPropScalars<T>(
            Constraint.UnitInterval.At(Alpha, plan.Clock), Constraint.NonNegative.At(Epsilon, plan.Clock), EpsilonInsideRoot);
        if (Centered)
        {
            plan.Apply(new CenteredRmsPropFormula<T>(scalars));
        }
        else
        {
            plan.Apply(new RmsPropFormula<T>(scalars));
        }
    }
}

/// <summary>The scalars of one step of RMSprop. One of the two epsilons is 0, which changes nothing.</summary>
internal readonly struct RmsPropScalars<T>(double alpha, double epsilon, bool epsilonInsideRoot)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T alpha = T.CreateTruncating(alpha), gain = T.CreateTruncating(1 - alpha);
    private readonly T inside = T.CreateTruncating(epsilonInsideRoot ? epsilon : 0), outside = T.CreateTruncating(epsilonInsideRoot ? 0 : epsilon);

    /// <summary><c>a mean + (1 - a) x</c>.</summary>
    [MethodImpl(AggressiveInlining)]
    public L Mean<L>(L mean, L x)
        where L : struct, ILane<L, T> => L.FusedMultiplyAdd(mean, alpha, x * gain);

    /// <summary><c>sqrt(v) + eps</c>, or <c>sqrt(v + eps)</c>.</summary>
    [MethodImpl(AggressiveInlining)]
    public L Root<L>(L v)
        where L : struct, ILane<L, T> => L.Sqrt(v + L.Broadcast(inside)) + L.Broadcast(outside);
}

/// <summary><c>v = a v + (1 - a) g^2; u = g / (sqrt(v) + eps)</c>.</summary>
internal readonly struct RmsPropFormula<T>(RmsPropScalars<T> at) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly RmsPropScalars<T> at = at;

    public static int SlotCount => 1;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        var v = at.Mean(slots.Read(0), update * update);
        slots.Write(0, v);
        return update / at.Root(v);
    }
}

/// <summary><c>v = a v + (1 - a) g^2; m = a m + (1 - a) g; u = g / (sqrt(max(v - m^2, 0)) + eps)</c>.</summary>
internal readonly struct CenteredRmsPropFormula<T>(RmsPropScalars<T> at) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly RmsPropScalars<T> at = at;

    public static int SlotCount => 2;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        var v = at.Mean(slots.Read(0), update * update);
        var m = at.Mean(slots.Read(1), update);
        slots.Write(0, v);
        slots.Write(1, m);
        return update / at.Root(L.Max(L.FusedMultiplyAdd(-m, m, v), L.Broadcast(T.Zero)));
    }
}
