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

    /// <summary>The norm over all tensors of a layout.</summary>
    public static double Of<T>(T* x, Layout layout, double normType, int threads, IStepPeers? peers = null)
        where T : unmanaged => Of(x, layout.Length, layout, normType, threads, peers);

    /// <summary>The norm over a range of elements.</summary>
    public static double Of<T>(T* x, int length, double normType, int threads)
        where T : unmanaged => Of(x, length, null, normType, threads, null);

    private static double Of<T>(T* x, int length, Layout? tensors, double normType, int threads, IStepPeers? peers)
        where T : unmanaged
    {
        if (double.IsPositiveInfinity(normType))
        {
            return Total(default(LargestMagnitude));
        }

        int power = (int)normType;
        double sum = Sum(1);
        if (!Norms.Trusted(sum))
        {
            double largest = Total(default(LargestMagnitude));
            if (largest == 0 || !double.IsFinite(largest))
            {
                return largest;
            }

            double scale = Norms.ScaleFor(largest);
            return Exact.Root(Sum(scale), power) / scale;
        }

        return Exact.Root(sum, power);

        double Sum(double scale) =>
            power != 2 ? Total(new SumOfPowers(scale, power))
            : scale == 1 ? Total(default(SumOfSquares))
            : Total(new SumOfScaledSquares(scale));

        double Total<R>(R reduction)
            where R : struct, IReduction => tensors is null
                ? ParallelReduction.OverRange(reduction, new Operands<T>(x, x), length, threads)
                : ParallelReduction.OverSet(reduction, new Operands<T>(x, x), tensors, threads, peers);
    }
}
