using System.Numerics;
using Optim.Lanes;
using Optim.LinearAlgebra;
using Optim.Tensors;

namespace Optim.Execution;

/// <summary>A lane as long as a block of memory: every operation is a call of Intel MKL on the whole block, into memory of its own.</summary>
/// <remarks>
/// The value is where the elements lie. <see cref="Load"/> copies nothing: what is loaded must stay as it is until the block is done, which
/// <see cref="MklSlots{T}"/> sees to. The number of elements, at most <see cref="Width"/>, is the current block's.
/// </remarks>
internal readonly unsafe struct MklLane<T>(T* values) : ILane<MklLane<T>, T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private static readonly Stage<T> Selection = new Stage<T, SelectionFormula>(default, 0);

    private readonly T* values = values;

    public static int Width => MklBlock<T>.MostElements;

    public static MklLane<T> One => Broadcast(T.One);

    public T* Values => values;

    private static MklBlock<T> Block => MklBlock<T>.Current;

    public static MklLane<T> Load(T* source) => new(source);

    public static void Store(MklLane<T> value, T* target) => new ReadOnlySpan<T>(value.values, Block.Count).CopyTo(new Span<T>(target, Block.Count));

    public static void StoreNonTemporal(MklLane<T> value, T* target) => Store(value, target);

    public static MklLane<T> Broadcast(T value)
    {
        T* result = Block.Take();
        new Span<T>(result, Block.Count).Fill(value);
        return new(result);
    }

    public static MklLane<T> Sqrt(MklLane<T> x) => By(Block.Mkl.Sqrt, x);

    public static MklLane<T> Abs(MklLane<T> x) => By(Block.Mkl.Abs, x);

    public static MklLane<T> Round(MklLane<T> x) => By(Block.Mkl.Round, x);

    public static MklLane<T> CubeRoot(MklLane<T> x) => By(Block.Mkl.CubeRoot, x);

    public static MklLane<T> Power(MklLane<T> x, double exponent)
    {
        T* result = Block.Take();
        for (int i = 0; i < Block.Count; i++)
        {
            result[i] = T.CreateTruncating(Exact.PowerOrNaN(double.CreateTruncating(x.values[i]), exponent));
        }

        return new(result);
    }

    // VML's maximum passes over NaN.
    public static MklLane<T> Max(MklLane<T> x, MklLane<T> y) => BySimd<Largest>(x, y);

    public static MklLane<T> Min(MklLane<T> x, MklLane<T> y) => BySimd<Smallest>(x, y);

    public static MklLane<T> PowerOfTwo(MklLane<T> n) => BySimd<TwoToThe>(n, n);

    public static MklLane<T> SelectPositive(MklLane<T> condition, MklLane<T> positive, MklLane<T> otherwise)
    {
        T* result = Block.Take();
        var third = new SlotMemory<T>(otherwise.values, otherwise.values);
        Selection.Sweep(new() { Update = condition.values, Parameters = positive.values, Slots = &third, Result = result }, 0, Block.Count);
        return new(result);
    }

    public static MklLane<T> FusedMultiplyAdd(MklLane<T> a, MklLane<T> b, MklLane<T> c)
    {
        var product = a * b;
        Block.Mkl.Add(Block.Count, product.values, c.values, product.values, MklVectors<T>.Mode);
        return product;
    }

    public static MklLane<T> FusedMultiplyAdd(MklLane<T> a, T b, MklLane<T> c)
    {
        if (T.IsZero(b))
        {
            return FusedMultiplyAdd(a, Broadcast(b), c);
        }

        T* result = Block.TakeCopy(c.values);
        Block.Mkl.Axpy(Block.Count, b, a.values, result);
        return new(result);
    }

    public static MklLane<T> operator +(MklLane<T> left, MklLane<T> right) => By(Block.Mkl.Add, left, right);

    public static MklLane<T> operator -(MklLane<T> left, MklLane<T> right) => By(Block.Mkl.Subtract, left, right);

    public static MklLane<T> operator *(MklLane<T> left, MklLane<T> right) => By(Block.Mkl.Multiply, left, right);

    public static MklLane<T> operator /(MklLane<T> left, MklLane<T> right) => By(Block.Mkl.Divide, left, right);

    public static MklLane<T> operator -(MklLane<T> value) => value * T.NegativeOne;

    public static MklLane<T> operator *(MklLane<T> left, T right)
    {
        if (T.IsZero(right))
        {
            return left * Broadcast(right);
        }

        T* result = Block.TakeCopy(left.values);
        Block.Mkl.Scale(Block.Count, right, result);
        return new(result);
    }

    private static MklLane<T> By(delegate* unmanaged<int, T*, T*, long, void> function, MklLane<T> x)
    {
        T* result = Block.Take();
        function(Block.Count, x.values, result, MklVectors<T>.Mode);
        return new(result);
    }

    private static MklLane<T> By(delegate* unmanaged<int, T*, T*, T*, long, void> function, MklLane<T> x, MklLane<T> y)
    {
        T* result = Block.Take();
        function(Block.Count, x.values, y.values, result, MklVectors<T>.Mode);
        return new(result);
    }

    /// <summary>What MKL lacks.</summary>
    private static MklLane<T> BySimd<F>(MklLane<T> x, MklLane<T> y)
        where F : struct, IBinary<T>
    {
        T* result = Block.Take();
        Elementwise<T, F>.Run(default, x.values, y.values, result, Block.Count);
        return new(result);
    }

    private readonly struct Largest : IBinary<T>
    {
        public L Apply<L>(L x, L y)
            where L : struct, ILane<L, T> => L.Max(x, y);
    }

    private readonly struct Smallest : IBinary<T>
    {
        public L Apply<L>(L x, L y)
            where L : struct, ILane<L, T> => L.Min(x, y);
    }

    private readonly struct TwoToThe : IBinary<T>
    {
        public L Apply<L>(L x, L y)
            where L : struct, ILane<L, T> => L.PowerOfTwo(x);
    }

    /// <summary>With the third operand as a slot that is only read.</summary>
    private readonly struct SelectionFormula : IFormula<T>
    {
        public static int SlotCount => 1;

        public L Apply<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, T>
            where S : struct, ISlots<L> => L.SelectPositive(update, parameter, slots.Read(0));
    }
}
