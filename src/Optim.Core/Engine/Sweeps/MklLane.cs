using System.Numerics;
using Optim.Lanes;
using Optim.LinearAlgebra;

namespace Optim.Execution;

/// <summary>A lane as long as a block of memory: every operation is a call of Intel MKL on the whole block, into memory of its own.</summary>
/// <remarks>
/// The value is where the elements lie. <see cref="Load"/> copies nothing: what is loaded must stay as it is until the block is done, which
/// <see cref="MklSlots{T}"/> sees to. The number of elements, at most <see cref="Width"/>, is the current block's.
/// </remarks>
internal readonly unsafe struct MklLane<T>(T* values) : ILane<MklLane<T>, T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private static readonly Stage<T>
        Largest = new Stage<T, LargestFormula>(default, 0), Smallest = new Stage<T, SmallestFormula>(default, 0),
        Choice = new Stage<T, ChoiceFormula>(default, 0), Power = new Stage<T, PowerFormula>(default, 0);

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

    public static MklLane<T> Sqrt(MklLane<T> x)
    {
        var block = Block;
        T* result = block.Take();
        block.Mkl.Sqrt(block.Count, x.values, result);
        return new(result);
    }

    public static MklLane<T> Abs(MklLane<T> x)
    {
        var block = Block;
        T* result = block.Take();
        block.Mkl.Abs(block.Count, x.values, result);
        return new(result);
    }

    public static MklLane<T> Round(MklLane<T> x)
    {
        var block = Block;
        T* result = block.Take();
        block.Mkl.Round(block.Count, x.values, result);
        return new(result);
    }

    public static MklLane<T> CubeRoot(MklLane<T> x)
    {
        var block = Block;
        T* result = block.Take();
        block.Mkl.CubeRoot(block.Count, x.values, result);
        return new(result);
    }

    // VML's maximum passes over NaN.
    public static MklLane<T> Max(MklLane<T> x, MklLane<T> y) => BySimd(Largest, x, y, y);

    public static MklLane<T> Min(MklLane<T> x, MklLane<T> y) => BySimd(Smallest, x, y, y);

    public static MklLane<T> SelectPositive(MklLane<T> condition, MklLane<T> positive, MklLane<T> otherwise) => BySimd(Choice, condition, positive, otherwise);

    public static MklLane<T> PowerOfTwo(MklLane<T> n) => BySimd(Power, n, n, n);

    public static MklLane<T> FusedMultiplyAdd(MklLane<T> a, MklLane<T> b, MklLane<T> c)
    {
        var block = Block;
        T* result = block.Take();
        block.Mkl.Multiply(block.Count, a.values, b.values, result);
        block.Mkl.Add(block.Count, result, c.values, result);
        return new(result);
    }

    public static MklLane<T> FusedMultiplyAdd(MklLane<T> a, T b, MklLane<T> c)
    {
        if (T.IsZero(b))
        {
            return FusedMultiplyAdd(a, Broadcast(b), c);
        }

        var block = Block;
        T* result = block.TakeCopy(c.values);
        block.Mkl.Axpy(block.Count, b, a.values, result);
        return new(result);
    }

    public static MklLane<T> operator +(MklLane<T> left, MklLane<T> right)
    {
        var block = Block;
        T* result = block.Take();
        block.Mkl.Add(block.Count, left.values, right.values, result);
        return new(result);
    }

    public static MklLane<T> operator -(MklLane<T> left, MklLane<T> right)
    {
        var block = Block;
        T* result = block.Take();
        block.Mkl.Subtract(block.Count, left.values, right.values, result);
        return new(result);
    }

    public static MklLane<T> operator *(MklLane<T> left, MklLane<T> right)
    {
        var block = Block;
        T* result = block.Take();
        block.Mkl.Multiply(block.Count, left.values, right.values, result);
        return new(result);
    }

    public static MklLane<T> operator *(MklLane<T> left, T right)
    {
        if (T.IsZero(right))
        {
            return left * Broadcast(right);
        }

        var block = Block;
        T* result = block.TakeCopy(left.values);
        block.Mkl.Scale(block.Count, right, result);
        return new(result);
    }

    public static MklLane<T> operator /(MklLane<T> left, MklLane<T> right)
    {
        var block = Block;
        T* result = block.Take();
        block.Mkl.Divide(block.Count, left.values, right.values, result);
        return new(result);
    }

    public static MklLane<T> operator -(MklLane<T> value) => value * T.NegativeOne;

    private static MklLane<T> BySimd(Stage<T> operation, MklLane<T> x, MklLane<T> y, MklLane<T> z)
    {
        var block = Block;
        T* result = block.Take();
        var third = new SlotMemory<T>(z.values, z.values);
        operation.Sweep(new() { Update = x.values, Parameters = y.values, Slots = &third, Result = result }, 0, block.Count);
        return new(result);
    }

    // What MKL lacks, as formulas: the update, the parameter and a slot that is only read are the operands.
    private readonly struct LargestFormula : IFormula<T>
    {
        public static int SlotCount => 0;

        public L Apply<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, T>
            where S : struct, ISlots<L> => L.Max(update, parameter);
    }

    private readonly struct SmallestFormula : IFormula<T>
    {
        public static int SlotCount => 0;

        public L Apply<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, T>
            where S : struct, ISlots<L> => L.Min(update, parameter);
    }

    private readonly struct ChoiceFormula : IFormula<T>
    {
        public static int SlotCount => 1;

        public L Apply<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, T>
            where S : struct, ISlots<L> => L.SelectPositive(update, parameter, slots.Read(0));
    }

    private readonly struct PowerFormula : IFormula<T>
    {
        public static int SlotCount => 0;

        public L Apply<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, T>
            where S : struct, ISlots<L> => L.PowerOfTwo(update);
    }
}
