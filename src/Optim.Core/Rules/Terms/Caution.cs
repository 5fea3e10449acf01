namespace Optim;

/// <summary>
/// Cautious updates (Liang et al. 2024): with k = 1 where u and g have the same sign, 0 elsewhere, and f the mean of k over a tensor,
/// <c>p -= lr (u k / max(f, 1e-3) + wd p)</c>.
/// </summary>
internal static class Caution
{
    /// <summary>The least mean that is divided by.</summary>
    public const double LeastFraction = 1e-3;

    /// <summary>Whether an element of an update goes against the gradient. By sign alone: the product of the two may underflow. What does not is multiplied by 0 rather than set to it, so that NaN is not hidden.</summary>
    public static bool Agrees<T>(T update, T gradient)
        where T : unmanaged, IFloatingPointIeee754<T> => (update > T.Zero && gradient > T.Zero) || (update < T.Zero && gradient < T.Zero);

    /// <summary>What is left of a tensor's update is multiplied by.</summary>
    /// <param name="kept">How many elements are left.</param>
    /// <param name="length">Of how many.</param>
    /// <param name="leastFraction">The least mean that is divided by.</param>
    public static double Enlargement(double kept, int length, double leastFraction) => 1 / Math.Max(kept / Math.Max(length, 1), leastFraction);

    /// <summary>Appends a direction, its mask, the decay and the learning rate. The direction's slots do not see the mask.</summary>
    public static void ApplyCautiously<T, F>(this Plan<T> plan, F direction, double learningRate, double weightDecay)
        where T : unmanaged, IFloatingPointIeee754<T>
        where F : struct, IFormula<T> =>
        plan.ApplyToTensors(
            F.SlotCount,
            context =>
            {
                context.Sweep(new CautiousFormula<T, F>(direction));
                if (weightDecay == 0)
                {
                    context.ThenPerTensor(i => new ScaleFormula<T>(learningRate * Enlargement(context, i)));
                }
                else
                {
                    context.ThenPerTensor(
                        i => new ScaleFormula<T>(learningRate * Enlargement(context, i)),
                        i => Formula.Then<T, ScaleFormula<T>, DecayFormula<T>>(new(learningRate * Enlargement(context, i)), new(learningRate * weightDecay)));
                }
            },
            mayThrow: false);

    private static double Enlargement<T>(TensorStepContext<T> context, int tensor)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int length = context.Layout[tensor].Length;
        double kept = context.Sum(default(NotZero), context.Layout.OffsetOf(tensor), length);
        return Enlargement(kept, length, LeastFraction);
    }

    private readonly struct NotZero : ISummand
    {
        [MethodImpl(AggressiveInlining)]
        public L Term<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, double>
            where S : struct, ISlots<L> => L.SelectPositive(L.Abs(update), L.One, L.Broadcast(0));
    }
}

/// <summary>A direction where it has the sign of what it came from, 0 elsewhere. By sign alone: the product of the two may underflow.</summary>
internal readonly struct CautiousFormula<T, F>(F direction) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
    where F : struct, IFormula<T>
{
    private readonly F direction = direction;

    public static int SlotCount => F.SlotCount;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        // Times 0 rather than 0, so that NaN is not hidden.
        var outgoing = direction.Apply(update, parameter, slots);
        return L.SelectPositive(L.Sign(outgoing) * update, outgoing, outgoing * T.Zero);
    }
}
