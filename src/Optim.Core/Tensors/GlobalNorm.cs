using System.Globalization;
using System.Runtime.CompilerServices;
using Optim.Lanes;

namespace Optim.Tensors;

/// <summary>Norms of a range or of all tensors together, that overflow or vanish only where the result does.</summary>
internal static unsafe class GlobalNorm
{
    /// <exception cref="ArgumentOutOfRangeException">There is no norm of that order here.</exception>
    public static double CheckType(double normType, [CallerArgumentExpression(nameof(normType))] string name = "") =>
        double.IsPositiveInfinity(normType) || (normType is >= 1 and <= 64 && normType == Math.Floor(normType))
            ? normType
            : throw new ArgumentOutOfRangeException(
                name, $"{name} must be a whole number from 1 to 64, or infinity, was {normType.ToString(CultureInfo.InvariantCulture)}.");

    /// <summary>The norm over all tensors of a layout.</summary>
    public static double Of<T>(T* x, Layout layout, double normType, int threads)
        where T : unmanaged => Of(new Set<T>(x, layout, threads), normType);

    /// <summary>The norm over some elements in a row.</summary>
    public static double Of<T>(T* x, int length, double normType, int threads)
        where T : unmanaged => Of(new Range<T>(x, length, threads), normType);

    private static double Of<E>(E elements, double normType)
        where E : struct, IElements
    {
        if (double.IsPositiveInfinity(normType))
        {
            return elements.Total(default(LargestMagnitude));
        }

        int power = (int)normType;
        double sum = Sum(1);
        if (!Norms.Trusted(sum))
        {
            double largest = elements.Total(default(LargestMagnitude));
            if (largest == 0 || !double.IsFinite(largest))
            {
                return largest;
            }

            double scale = Norms.ScaleFor(largest);
            return Exact.Root(Sum(scale), power) / scale;
        }

        return Exact.Root(sum, power);

        double Sum(double scale) =>
            power != 2 ? elements.Total(new SumOfPowers(scale, power))
            : scale == 1 ? elements.Total(default(SumOfSquares))
            : elements.Total(new SumOfScaledSquares(scale));
    }

    private interface IElements
    {
        double Total<R>(R reduction)
            where R : struct, IReduction;
    }

    private readonly struct Set<T>(T* x, Layout layout, int threads) : IElements
        where T : unmanaged
    {
        private readonly T* x = x;

        public double Total<R>(R reduction)
            where R : struct, IReduction => ParallelReduction.OverSet(reduction, new Operands<T>(x, x), layout, threads);
    }

    private readonly struct Range<T>(T* x, int length, int threads) : IElements
        where T : unmanaged
    {
        private readonly T* x = x;

        public double Total<R>(R reduction)
            where R : struct, IReduction => ParallelReduction.OverRange(reduction, new Operands<T>(x, x), length, threads);
    }
}
