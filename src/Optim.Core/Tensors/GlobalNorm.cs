using System.Globalization;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;

namespace Optim.Tensors;

/// <summary>Norms of a range or of all tensors together, that overflow or underflow only if the result does.</summary>
internal static unsafe class GlobalNorm
{
    /// <exception cref="ArgumentOutOfRangeException">The order is not supported.</exception>
    public static double CheckType(double normType, [CallerArgumentExpression(nameof(normType))] string name = "") =>
        double.IsPositiveInfinity(normType) || (normType is >= 1 and <= 64 && normType == Math.Floor(normType))
            ? normType
            : throw new ArgumentOutOfRangeException(
                name, $"{name} must be a whole number from 1 to 64, or infinity, was {normType.ToString(CultureInfo.InvariantCulture)}.");

    /// <summary>The norm over all tensors of a layout, which lie in a flat set.</summary>
    public static double Of<T>(T* x, Layout layout, double normType, int threads, IStepPeers? peers = null)
        where T : unmanaged => layout.Count == 1 && peers is null ? Of(x, layout.Length, normType, threads) : Of<T, OfSet<T>>(new(SetOperands<T>.Of(x), layout, threads, peers), normType);

    /// <summary>The norm over all tensors of a layout, each where its owner has it.</summary>
    public static double Of<T>(ReadOnlyMemory<T>[] tensors, Layout layout, double normType, int threads, IStepPeers? peers)
        where T : unmanaged => Of<T, OfSet<T>>(new(SetOperands<T>.Of(tensors), layout, threads, peers), normType);

    /// <summary>The norm over a range of elements.</summary>
    public static double Of<T>(T* x, int length, double normType, int threads)
        where T : unmanaged => Of<T, OfRange<T>>(new(x, length, threads), normType);

    private static double Of<T, E>(E elements, double normType)
        where T : unmanaged
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

    /// <summary>What a norm is taken of.</summary>
    private interface IElements
    {
        double Total<R>(R reduction)
            where R : struct, IReduction;
    }

    private readonly struct OfRange<T>(T* x, int length, int threads) : IElements
        where T : unmanaged
    {
        private readonly T* x = x;

        public double Total<R>(R reduction)
            where R : struct, IReduction => ParallelReduction.OverRange(reduction, new Operands<T>(x, x), length, threads);
    }

    private readonly struct OfSet<T>(SetOperands<T> operands, Layout layout, int threads, IStepPeers? peers) : IElements
        where T : unmanaged
    {
        public double Total<R>(R reduction)
            where R : struct, IReduction => ParallelReduction.OverSet(reduction, operands, layout, threads, peers);
    }
}
