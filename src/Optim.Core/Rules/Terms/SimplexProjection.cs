using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>The nearest point of a simplex, with theta by Michelot's method (1986) in twice double's precision.</summary>
/// <remarks>
/// Of a long vector few elements end above theta. What certainly does not is dropped first, by a bound that rises as elements come by (as in Condat 2016, here block by block, whose largest elements a vector pass finds): the threshold of
/// any of the elements is at most that of all, and the bound stays below it by more than its sums can be off. What drops it drops nothing that the method would keep; and the method's result depends on what it keeps and their order
/// alone, so that the bound changes no bit of it.
/// </remarks>
internal static class SimplexProjection<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int BlockLength = 256;

    public static void Project(Span<T> x, double radius)
    {
        if (IsOnSimplex(x, radius))
        {
            return;
        }

        // Relative to the largest element, which keeps sums small and theta within a radius of 0.
        double largest = double.CreateTruncating(Largest(x));
        if (!double.IsFinite(largest))
        {
            x.Fill(T.NaN);
            return;
        }

        var candidates = new Candidates(radius);
        for (int start = 0; start < x.Length; start += BlockLength)
        {
            var block = x.Slice(start, Math.Min(BlockLength, x.Length - start));
            if (double.CreateTruncating(Largest(block)) - largest > candidates.Bound)
            {
                candidates.Add(block, largest);
            }
        }

        var theta = candidates.Theta();
        for (int start = 0; start < x.Length; start += BlockLength)
        {
            var block = x.Slice(start, Math.Min(BlockLength, x.Length - start));
            if (Above(double.CreateTruncating(Largest(block)) - largest, theta) > 0)
            {
                Lower(block, largest, theta);
            }
            else
            {
                block.Clear();
            }
        }
    }

    [MethodImpl(AggressiveOptimization)]
    private static void Lower(Span<T> block, double largest, DoubleDouble theta)
    {
        foreach (ref T value in block)
        {
            double above = Above(double.CreateTruncating(value) - largest, theta);
            value = T.CreateTruncating(above > 0 ? above : 0);
        }
    }

    private static bool IsOnSimplex(Span<T> x, double radius)
    {
        double rounding = NormLimit.Rounding<T>() * radius;
        if (x.IsEmpty)
        {
            return true;
        }

        // A block at a time: of most vectors the first one says it.
        double sum = 0;
        for (int start = 0; start < x.Length; start += BlockLength)
        {
            var block = x.Slice(start, Math.Min(BlockLength, x.Length - start));
            if (!NoneIsNegative(block))
            {
                return false;
            }

            double part = 0;
            foreach (T value in block)
            {
                part += double.CreateTruncating(value);
            }

            sum += part;
        }

        // Sums of what is not negative are off by no more than this, which nearly always decides; otherwise in twice the precision.
        double error = (BlockLength + (x.Length / BlockLength) + 2) * 2.3e-16 * sum, distance = Math.Abs(sum - radius);
        return distance + error <= rounding || (distance - error <= rounding && Math.Abs(ExactDistance(x, radius)) <= rounding);
    }

    private static double ExactDistance(Span<T> x, double radius)
    {
        DoubleDouble sum = 0;
        foreach (T value in x)
        {
            sum += double.CreateTruncating(value);
        }

        return (sum + -radius).High;
    }

    [MethodImpl(AggressiveOptimization)]
    private static bool NoneIsNegative(ReadOnlySpan<T> x)
    {
        int i = 0;
        for (; i + Vector<T>.Count <= x.Length; i += Vector<T>.Count)
        {
            if (!Vector.GreaterThanOrEqualAll(new Vector<T>(x[i..]), Vector<T>.Zero))
            {
                return false;
            }
        }

        for (; i < x.Length; i++)
        {
            if (!(x[i] >= T.Zero))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The largest element, NaN where there is one; minus infinity where there is none.</summary>
    [MethodImpl(AggressiveOptimization)]
    private static T Largest(ReadOnlySpan<T> x)
    {
        T largest = T.NegativeInfinity;
        int i = 0;
        if (x.Length >= 2 * Vector<T>.Count)
        {
            Vector<T> even = new(x), odd = new(x[Vector<T>.Count..]);
            for (i = 2 * Vector<T>.Count; i + (2 * Vector<T>.Count) <= x.Length; i += 2 * Vector<T>.Count)
            {
                even = Vector.Max(even, new(x[i..]));
                odd = Vector.Max(odd, new(x[(i + Vector<T>.Count)..]));
            }

            even = Vector.Max(even, odd);
            for (int k = 0; k < Vector<T>.Count; k++)
            {
                largest = T.Max(largest, even[k]);
            }
        }

        for (; i < x.Length; i++)
        {
            largest = T.Max(largest, x[i]);
        }

        return largest;
    }

    private static double Above(double value, DoubleDouble theta) => value - theta.High - theta.Low;

    /// <summary>The elements, relative to the largest, that may be above theta.</summary>
    private struct Candidates(double radius)
    {
        private double[] kept = ArrayPool<double>.Shared.Rent(4 * BlockLength);
        private int count, refineAt = 2 * BlockLength;

        /// <summary>No element that is not above it is above theta. At first, a radius below the largest.</summary>
        public double Bound { get; private set; } = -radius;

        [MethodImpl(AggressiveOptimization)]
        public void Add(ReadOnlySpan<T> block, double largest)
        {
            if (count + BlockLength > kept.Length)
            {
                double[] longer = ArrayPool<double>.Shared.Rent(2 * kept.Length);
                kept.AsSpan(0, count).CopyTo(longer);
                ArrayPool<double>.Shared.Return(kept);
                kept = longer;
            }

            // Without branches: each is written, and the next in its place unless it is above.
            double bound = Bound;
            ref double to = ref MemoryMarshal.GetArrayDataReference(kept);
            int end = count;
            foreach (T value in block)
            {
                double candidate = double.CreateTruncating(value) - largest;
                Unsafe.Add(ref to, end) = candidate;
                end += candidate > bound ? 1 : 0;
            }

            count = end;
            if (count >= refineAt)
            {
                Refine();
            }
        }

        /// <summary>Theta, by rounds that drop what is not above it until nothing more falls.</summary>
        public DoubleDouble Theta()
        {
            var theta = Next(-radius);
            for (int before = int.MaxValue; count < before;)
            {
                before = count;
                theta = Next(theta);
            }

            ArrayPool<double>.Shared.Return(kept);
            return theta;
        }

        /// <summary>Raises the bound by what is there, and drops what is not above it.</summary>
        private void Refine()
        {
            double sum = -radius;
            foreach (double candidate in kept.AsSpan(0, count))
            {
                sum += candidate;
            }

            // Each summand is within a radius of 0, and each partial sum within as many radii.
            double bound = (sum / count) - (4.5e-16 * (count + 2) * radius);
            Bound = Math.Max(Bound, bound);
            int left = 0;
            foreach (double candidate in kept.AsSpan(0, count))
            {
                kept[left] = candidate;
                left += candidate > Bound ? 1 : 0;
            }

            count = left;
            refineAt = Math.Max(2 * BlockLength, 2 * count);
        }

        /// <summary>Drops the candidates that are not above a theta, and finds the one that gives the others their sum.</summary>
        private DoubleDouble Next(DoubleDouble theta)
        {
            DoubleDouble sum = -radius;
            int left = 0;
            foreach (double candidate in kept.AsSpan(0, count))
            {
                if (Above(candidate, theta) > 0)
                {
                    kept[left++] = candidate;
                    sum += candidate;
                }
            }

            count = left;
            return sum / count;
        }
    }
}
