namespace Optim;

/// <summary>The update divided by its recent root mean square.</summary>
/// <formula>v = a v + (1 - a) u^2; u = u / (sqrt(v) + eps)</formula>
/// <paper>Tieleman and Hinton 2012, Coursera lecture 6.5</paper>
/// <definition>PyTorch's RMSprop</definition>
/// <remarks>
/// Centred (Graves 2013): also <c>m = a m + (1 - a) g</c>, and <c>max(v - m^2, 0)</c> in place of v; the maximum keeps rounding from taking the root of a
/// negative number (PyTorch 1.13 reaches NaN there). Slots: <c>square_avg</c>, centred <c>grad_avg</c>. The piece of <see cref="RmsProp"/>.
/// </remarks>
[RegisteredRule("scale_by_rmsprop", "RMSprop's direction")]
public sealed partial record ScaleByRmsProp : Rule
{
    /// <summary>a, how much of the mean square stays, in [0, 1). Default 0.99 (0.9 in the lecture and some libraries).</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Alpha { get; init; } = 0.99;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-8;

    /// <summary>Whether epsilon is added under the root, as TensorFlow does: <c>sqrt(v + eps)</c>. Default false.</summary>
    public bool EpsilonInsideRoot { get; init; }

    /// <summary>Whether the square of the mean gradient is taken off: the variance in place of the mean square. Default false.</summary>
    public bool Centered { get; init; }

    /// <summary>What v starts from, 0 or more. Default 0 (1 in TensorFlow).</summary>
    [Range(Bounds.NonNegative)] public partial double InitialAccumulator { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() =>
        Centered ? [new("square_avg", InitialAccumulator), new("grad_avg")] : [new("square_avg", InitialAccumulator)];

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        var scalars = new RmsPropScalars<T>(at.Alpha, at.Epsilon, EpsilonInsideRoot);
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
[Formula]
internal readonly partial struct RmsPropFormula<T>(RmsPropScalars<T> at)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly RmsPropScalars<T> at = at;

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L square_avg)
        where L : struct, ILane<L, T>
    {
        square_avg = at.Mean(square_avg, update * update);
        return update / at.Root(square_avg);
    }
}

/// <summary><c>v = a v + (1 - a) g^2; m = a m + (1 - a) g; u = g / (sqrt(max(v - m^2, 0)) + eps)</c>.</summary>
[Formula]
internal readonly partial struct CenteredRmsPropFormula<T>(RmsPropScalars<T> at)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly RmsPropScalars<T> at = at;

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L square_avg, ref L grad_avg)
        where L : struct, ILane<L, T>
    {
        square_avg = at.Mean(square_avg, update * update);
        grad_avg = at.Mean(grad_avg, update);
        return update / at.Root(L.Max(L.FusedMultiplyAdd(-grad_avg, grad_avg, square_avg), L.Broadcast(T.Zero)));
    }
}
