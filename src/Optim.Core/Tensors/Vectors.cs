using Optim.Threading;
using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim.Tensors;

/// <summary>Vector arithmetic in mutable memory, with the same bits on every machine and for any number of threads.</summary>
internal static unsafe class Vectors
{
    /// <summary>The dot product, accumulated in double.</summary>
    public static double Dot<T>(ReadOnlySpan<T> left, ReadOnlySpan<T> right, int threads)
        where T : unmanaged
    {
        fixed (T* x = left, y = right)
        {
            return ParallelReduction.OverRange(default(SumOfProducts), new Operands<T>(x, y), left.Length, Chunks.ThreadsFor(left.Length, threads));
        }
    }

    /// <summary><c>target += factor x</c>.</summary>
    public static void AddMultiple<T>(Span<T> target, double factor, ReadOnlySpan<T> x)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        fixed (T* a = target, b = x)
        {
            Elementwise<T, SumWithMultiple<T>>.Run(new(T.CreateTruncating(factor)), a, b, a, target.Length);
        }
    }

    /// <summary><c>target = own target + factor x</c>.</summary>
    public static void Combine<T>(Span<T> target, double own, double factor, ReadOnlySpan<T> x)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        fixed (T* a = target, b = x)
        {
            Elementwise<T, Combination<T>>.Run(new(T.CreateTruncating(own), T.CreateTruncating(factor)), a, b, a, target.Length);
        }
    }

    /// <summary><c>target *= factor</c>.</summary>
    public static void Multiply<T>(Span<T> target, double factor)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        fixed (T* a = target)
        {
            Elementwise<T, Multiple<T>>.Run(new(T.CreateTruncating(factor)), a, a, a, target.Length);
        }
    }

    /// <summary><c>target = left - right</c>.</summary>
    public static void Subtract<T>(Span<T> target, ReadOnlySpan<T> left, ReadOnlySpan<T> right)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        fixed (T* a = target, b = left, c = right)
        {
            Elementwise<T, Difference<T>>.Run(default, b, c, a, target.Length);
        }
    }

    private readonly struct SumWithMultiple<T>(T factor) : IBinary<T>
        where T : unmanaged
    {
        private readonly T factor = factor;

        [MethodImpl(AggressiveInlining)]
        public L Apply<L>(L x, L y)
            where L : struct, ILane<L, T> => L.FusedMultiplyAdd(y, factor, x);
    }

    private readonly struct Combination<T>(T own, T factor) : IBinary<T>
        where T : unmanaged
    {
        private readonly T own = own, factor = factor;

        [MethodImpl(AggressiveInlining)]
        public L Apply<L>(L x, L y)
            where L : struct, ILane<L, T> => L.FusedMultiplyAdd(x, own, y * factor);
    }
}
