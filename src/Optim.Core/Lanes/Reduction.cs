using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim.Lanes;

/// <summary>How a reduction maps each element and combines two partial results. The neutral element is 0.</summary>
internal interface IReduction
{
    /// <summary>Whether the second stream is the first.</summary>
    static virtual bool IsOfOne => false;

    L Accumulate<L, S>(L total, L x, L y, S slots)
        where L : struct, ILane<L, double>
        where S : struct, ISlots<L>;

    L Combine<L>(L left, L right)
        where L : struct, ILane<L, double>;
}

/// <summary>A reduction's input at each position: two streams and, for sums over a rule's slots, these.</summary>
internal readonly unsafe struct Operands<T>(T* x, T* y, T** slots = null, nint position = 0)
    where T : unmanaged
{
    public readonly T* X = x, Y = y;
    public readonly T** Slots = slots;
    public readonly nint Position = position;

    public Operands<T> From(int start) => new(X + start, Y + start, Slots, Position + start);
}

/// <summary>
/// Sums and maxima whose bits depend neither on the lane width nor on the threads: leaves of a fixed length, in each leaf a fixed
/// number of double accumulators in turn, then a fixed tree over the accumulators and over the leaves.
/// </summary>
internal static unsafe class Reduction
{
    /// <summary>The elements in a leaf; 32 KiB of float fit the L1 cache.</summary>
    public const int LeafLength = 8192;

    private const int Accumulators = 32;

    public static int LeafCount(int length) => (int)(((uint)length + LeafLength - 1) / LeafLength);

    public static double Run<T, R>(R reduction, Operands<T> operands, int length)
        where T : unmanaged
        where R : struct, IReduction
    {
        int leaves = LeafCount(length);
        if (leaves <= 1)
        {
            return Leaf(reduction, operands, length);
        }

        double[] partials = ArrayPool<double>.Shared.Rent(leaves);
        for (int leaf = 0; leaf < leaves; leaf++)
        {
            int start = leaf * LeafLength;
            partials[leaf] = Leaf(reduction, operands.From(start), Math.Min(LeafLength, length - start));
        }

        double total = Tree(reduction, partials.AsSpan(0, leaves));
        ArrayPool<double>.Shared.Return(partials);
        return total;
    }

    /// <summary>Reduces partial results in place by a tree whose shape depends only on their number.</summary>
    public static double Tree<R>(R reduction, Span<double> partials)
        where R : struct, IReduction
    {
        for (int stride = 1; stride < partials.Length; stride *= 2)
        {
            for (int i = 0; i + stride < partials.Length; i += 2 * stride)
            {
                partials[i] = Combine(reduction, partials[i], partials[i + stride]);
            }
        }

        return partials.IsEmpty ? 0 : partials[0];
    }

    [MethodImpl(AggressiveOptimization)]
    public static double Leaf<T, R>(R reduction, Operands<T> operands, int length)
        where T : unmanaged
        where R : struct, IReduction
    {
        double* accumulators = stackalloc double[Accumulators];
        int grouped = length / Accumulators * Accumulators;
        if (Vector512.IsHardwareAccelerated)
        {
            Groups<T, R, Lane512<double>>(reduction, operands, grouped, accumulators);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Groups<T, R, Lane256<double>>(reduction, operands, grouped, accumulators);
        }
        else if (Vector128.IsHardwareAccelerated)
        {
            Groups<T, R, Lane128<double>>(reduction, operands, grouped, accumulators);
        }
        else
        {
            Groups<T, R, ScalarLane<double>>(reduction, operands, grouped, accumulators);
        }

        for (int i = grouped; i < length; i++)
        {
            double* accumulator = accumulators + (i - grouped);
            ScalarLane<double>.Store(
                Accumulated(reduction, operands, ScalarLane<double>.Load(accumulator), i), accumulator);
        }

        for (int half = Accumulators / 2; half > 0; half /= 2)
        {
            for (int i = 0; i < half; i++)
            {
                accumulators[i] = Combine(reduction, accumulators[i], accumulators[i + half]);
            }
        }

        return accumulators[0];
    }

    /// <summary>
    /// Element i of each group goes to accumulator i. Four lanes of accumulators at a time stay in registers; narrower lanes pass over
    /// the leaf more often, but each accumulator still gets the same elements in the same order.
    /// </summary>
    [MethodImpl(AggressiveOptimization)]
    private static void Groups<T, R, L>(R reduction, Operands<T> operands, int grouped, double* accumulators)
        where T : unmanaged
        where R : struct, IReduction
        where L : struct, ILane<L, double>
    {
        int w = L.Width;
        for (int part = 0; part < Accumulators; part += 4 * w)
        {
            L a = L.Broadcast(0), b = L.Broadcast(0), c = L.Broadcast(0), d = L.Broadcast(0);
            for (int i = part; i < grouped; i += Accumulators)
            {
                a = Accumulated(reduction, operands, a, i);
                b = Accumulated(reduction, operands, b, i + w);
                c = Accumulated(reduction, operands, c, i + (2 * w));
                d = Accumulated(reduction, operands, d, i + (3 * w));
            }

            L.Store(a, accumulators + part);
            L.Store(b, accumulators + part + w);
            L.Store(c, accumulators + part + (2 * w));
            L.Store(d, accumulators + part + (3 * w));
        }
    }

    [MethodImpl(AggressiveInlining)]
    private static L Accumulated<T, R, L>(R reduction, in Operands<T> operands, L total, int i)
        where T : unmanaged
        where R : struct, IReduction
        where L : struct, ILane<L, double>
    {
        var x = Widened<T, L>(operands.X + i);
        return reduction.Accumulate(
            total, x, R.IsOfOne ? x : Widened<T, L>(operands.Y + i), new WidenedSlots<T, L>(operands.Slots, operands.Position + i));
    }

    private readonly struct WidenedSlots<T, L>(T** slots, nint position) : ISlots<L>
        where T : unmanaged
        where L : struct, ILane<L, double>
    {
        private readonly T** slots = slots;
        private readonly nint position = position;

        [MethodImpl(AggressiveInlining)]
        public L Read(int slot) => Widened<T, L>(slots[slot] + position);

        public void Write(int slot, L value) => throw new NotSupportedException("A sum does not write.");
    }

    /// <summary>Elements as doubles; exact.</summary>
    [MethodImpl(AggressiveInlining)]
    private static L Widened<T, L>(T* source)
        where T : unmanaged
        where L : struct, ILane<L, double>
    {
        if (typeof(T) == typeof(double))
        {
            return L.Load((double*)source);
        }

        float* x = (float*)source;
        if (typeof(L) == typeof(Lane512<double>))
        {
            return Unsafe.BitCast<Vector512<double>, L>(Avx512F.IsSupported
                ? Avx512F.ConvertToVector512Double(Vector256.Load(x))
                : Vector512.Create(Vector256.WidenLower(Vector256.Load(x)), Vector256.WidenUpper(Vector256.Load(x))));
        }

        if (typeof(L) == typeof(Lane256<double>))
        {
            return Unsafe.BitCast<Vector256<double>, L>(Avx.IsSupported
                ? Avx.ConvertToVector256Double(Vector128.Load(x))
                : Vector256.Create(Vector128.WidenLower(Vector128.Load(x)), Vector128.WidenUpper(Vector128.Load(x))));
        }

        return typeof(L) == typeof(Lane128<double>)
            ? Unsafe.BitCast<Vector128<double>, L>(Vector128.Create((double)x[0], x[1]))
            : L.Broadcast(*x);
    }

    private static double Combine<R>(R reduction, double left, double right)
        where R : struct, IReduction =>
        Unsafe.BitCast<ScalarLane<double>, double>(reduction.Combine(
            ScalarLane<double>.Broadcast(left), ScalarLane<double>.Broadcast(right)));
}
