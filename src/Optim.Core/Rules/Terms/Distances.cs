namespace Optim;

/// <summary>How far the parameters are from where they began, a slot of the work.</summary>
internal static class Distances
{
    // Squares of larger distances overflow, of smaller ones lose digits.
    private const double Large = 1e-200, Small = 1e200;

    /// <summary>The Euclidean distance over all tensors.</summary>
    /// <param name="context">The work's context.</param>
    /// <param name="slot">The slot with the start.</param>
    public static double DistanceFrom<T>(this TensorStepContext<T> context, int slot)
        where T : unmanaged, IFloatingPointIeee754<T> => Of(scale => context.Sum(new SquaredDistance(slot, scale)));

    /// <summary>The Euclidean distance of one tensor.</summary>
    /// <param name="context">The work's context.</param>
    /// <param name="slot">The slot with the start.</param>
    /// <param name="tensor">The tensor's position in the layout.</param>
    public static double DistanceFrom<T>(this TensorStepContext<T> context, int slot, int tensor)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        Of(scale => context.Sum(new SquaredDistance(slot, scale), context.Layout.OffsetOf(tensor), context.Layout[tensor].Length));

    private static double Of(Func<double, double> sumAt)
    {
        double sum = sumAt(1);
        if (Norms.Trusted(sum) || double.IsNaN(sum))
        {
            return Math.Sqrt(sum);
        }

        double scale = sum > 1 ? Large : Small;
        return Math.Sqrt(sumAt(scale)) / scale;
    }

    /// <summary><c>(c (p - s))^2</c>, s a slot.</summary>
    private readonly struct SquaredDistance(int slot, double scale) : ISummand
    {
        private readonly int slot = slot;
        private readonly double scale = scale;

        [MethodImpl(AggressiveInlining)]
        public L Term<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, double>
            where S : struct, ISlots<L>
        {
            var difference = (parameter - slots.Read(slot)) * scale;
            return difference * difference;
        }
    }
}
