using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Lanes;

namespace Optim.Execution;

/// <summary>A place in a plan where a norm of the whole update must be known before the next formula can be.</summary>
internal abstract class Barrier<T>(double normType, int firstSlot)
    where T : unmanaged
{
    /// <summary>The norm's order: a whole number of 1 or more, or infinity.</summary>
    public double NormType { get; } = normType;

    protected int FirstSlot { get; } = firstSlot;

    /// <summary>The formula once the norm is known; null leaves the update as it is.</summary>
    public abstract Stage<T>? Resolve(double norm);
}

/// <inheritdoc/>
internal sealed class Barrier<T, F>(double normType, int firstSlot, Func<double, F?> formula) : Barrier<T>(normType, firstSlot)
    where T : unmanaged, IFloatingPointIeee754<T>
    where F : struct, IFormula<T>
{
    public override Stage<T>? Resolve(double norm) => formula(norm) is { } f ? new Stage<T, F>(f, FirstSlot)
        : F.SlotCount == 0 ? null
        : throw new InvalidOperationException($"{typeof(F).Name} keeps slots, which nothing else writes: after a norm it must not be null.");
}

/// <summary>A norm over all tensors: a tree in each tensor, then a tree over the tensors, so that it is the same however they are stored.</summary>
internal static unsafe class GlobalNorm
{
    /// <exception cref="ArgumentOutOfRangeException">There is no norm of that order here.</exception>
    public static double CheckType(double normType, [CallerArgumentExpression(nameof(normType))] string name = "") =>
        double.IsPositiveInfinity(normType) || (normType is >= 1 and <= 64 && normType == Math.Floor(normType))
            ? normType
            : throw new ArgumentOutOfRangeException(
                name, $"{name} must be a whole number from 1 to 64, or infinity, was {normType.ToString(CultureInfo.InvariantCulture)}.");

    public static double Of<T>(T* x, Layout layout, double normType, int threads)
        where T : unmanaged
    {
        if (double.IsPositiveInfinity(normType))
        {
            return Run(default(LargestMagnitude), x, layout, threads);
        }

        int power = (int)normType;
        double sum = Sum(1);
        if (!Norms.Trusted(sum))
        {
            double largest = Run(default(LargestMagnitude), x, layout, threads);
            if (largest == 0 || !double.IsFinite(largest))
            {
                return largest;
            }

            double scale = Norms.ScaleFor(largest);
            return Exact.Root(Sum(scale), power) / scale;
        }

        return Exact.Root(sum, power);

        double Sum(double scale) => power == 2
            ? Run(new SumOfSquares(scale), x, layout, threads)
            : Run(new SumOfPowers(scale, power), x, layout, threads);
    }

    private static double Run<T, R>(R reduction, T* x, Layout layout, int threads)
        where T : unmanaged
        where R : struct, IReduction
    {
        if (layout.Count == 1)
        {
            return Tensor(reduction, x, layout.Length, threads);
        }

        double[] totals = new double[layout.Count];
        for (int i = 0; i < totals.Length; i++)
        {
            totals[i] = Tensor(reduction, x + layout.OffsetOf(i), layout[i].Length, threads);
        }

        return Reduction.Tree(reduction, totals.AsSpan());
    }

    private static double Tensor<T, R>(R reduction, T* x, int length, int threads)
        where T : unmanaged
        where R : struct, IReduction
    {
        const int LeavesPerChunk = 8;
        int leaves = Reduction.LeafCount(length);
        if (threads <= 1 || leaves < 2 * LeavesPerChunk)
        {
            return Reduction.Run(reduction, x, x, length);
        }

        double[] partials = new double[leaves];
        Chunks.Run(new Leaves<T, R>(reduction, x, length, partials, LeavesPerChunk), (leaves + LeavesPerChunk - 1) / LeavesPerChunk, threads);
        return Reduction.Tree(reduction, partials.AsSpan());
    }

    private readonly struct Leaves<T, R>(R reduction, T* x, int length, double[] partials, int leavesPerChunk) : IChunked
        where T : unmanaged
        where R : struct, IReduction
    {
        private readonly T* x = x;

        public void Run(int chunk)
        {
            for (int leaf = chunk * leavesPerChunk; leaf < Math.Min(partials.Length, (chunk + 1) * leavesPerChunk); leaf++)
            {
                int start = leaf * Reduction.LeafLength;
                partials[leaf] = Reduction.Leaf(reduction, x + start, x + start, Math.Min(Reduction.LeafLength, length - start));
            }
        }
    }
}
