using System.Numerics;
using System.Runtime.CompilerServices;

namespace Optim.Execution;

/// <summary>The memory of slots in formats of fewer bits than the state computes with: how long it is, and how ranges of elements are read and written.</summary>
/// <remarks>
/// What an element becomes depends on its tensor and its position there, not on threads or widths, nor on what else the state holds; and what was read and is written again has the same bits. A block is what lies in one tensor between two multiples
/// of 256 from the tensor's start, so that one tensor's elements never change another's. The blocks' scales follow the codes.
/// </remarks>
internal static unsafe class SlotCode
{
    /// <summary>The most elements of a block, at whose multiples from a tensor's start ranges that are written must begin and end.</summary>
    public const int BlockLength = 256;

    public static bool IsFloat8(SlotFormat format) => format is SlotFormat.Float8Block or SlotFormat.Float8BlockStochastic;

    public static bool IsStochastic(SlotFormat format) => format is SlotFormat.BFloat16Stochastic or SlotFormat.Float8BlockStochastic;

    /// <summary>The same format without chance: for values that come from elsewhere than a step.</summary>
    public static SlotFormat Nearest(SlotFormat format) => format switch
    {
        SlotFormat.BFloat16Stochastic => SlotFormat.BFloat16,
        SlotFormat.Float8BlockStochastic => SlotFormat.Float8Block,
        _ => format,
    };

    /// <summary>The length of a slot's memory in elements of the state.</summary>
    public static int PackedLength<T>(SlotFormat format, Layout layout)
        where T : unmanaged
    {
        long bytes = format switch
        {
            SlotFormat.Full => (long)layout.Length * sizeof(T),
            SlotFormat.BFloat16 or SlotFormat.BFloat16Stochastic => (long)layout.Length * sizeof(ushort),
            _ => ScalesAt(layout.Length) + (ScaleCount(layout) * sizeof(float)),
        };
        return (int)((bytes + sizeof(T) - 1) / sizeof(T));
    }

    /// <summary>Where the scales begin, in bytes.</summary>
    public static long ScalesAt(int length) => ((long)length + 63) & ~63L;

    /// <summary>The number of scales there is room for: one for each block, and where tensors are not whole blocks a few that are not used.</summary>
    public static long ScaleCount(Layout layout) => layout.Length == 0 ? 0 : ((layout.Length - 1) / BlockLength) + (long)layout.Count;

    /// <summary>The first place at or after a position at which a block begins, or the last one ends.</summary>
    public static nint BlockFrom(Layout layout, nint position)
    {
        if (position >= layout.Length)
        {
            return position;
        }

        int tensor = layout.TensorAt((int)position);
        nint end = (nint)layout.OffsetOf(tensor) + layout[tensor].Length, over = (position - layout.OffsetOf(tensor)) % BlockLength;
        return over == 0 ? position : position + Math.Min(BlockLength - over, end - position);
    }

    /// <summary>Reads a range of elements.</summary>
    /// <param name="format">The format.</param>
    /// <param name="memory">The slot's memory.</param>
    /// <param name="layout">The slot's layout.</param>
    /// <param name="start">The first element.</param>
    /// <param name="end">Where the range ends.</param>
    /// <param name="target">Receives them, the first one at its beginning.</param>
    public static void Decode<T>(SlotFormat format, T* memory, Layout layout, nint start, nint end, T* target)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (typeof(T) == typeof(float) && !IsFloat8(format))
        {
            BFloat16Code.Decode((ushort*)memory + start, (float*)target, end - start);
            return;
        }

        float* floats = stackalloc float[typeof(T) == typeof(float) ? 1 : BlockLength];
        float* scales = (float*)((byte*)memory + ScalesAt(layout.Length));
        for (var block = new Block(layout, start, end, BlockLength); block.Start < end; block.Next())
        {
            float* into = typeof(T) == typeof(float) ? (float*)target + (block.Start - start) : floats;
            if (IsFloat8(format))
            {
                Float8Code.Decode((byte*)memory + block.Start, scales[block.Scale], into, block.Length);
            }
            else
            {
                BFloat16Code.Decode((ushort*)memory + block.Start, into, block.Length);
            }

            for (nint i = 0; typeof(T) != typeof(float) && i < block.Length; i++)
            {
                target[block.Start - start + i] = T.CreateTruncating(floats[i]);
            }
        }
    }

    /// <summary>Writes a range of elements: whole blocks.</summary>
    /// <param name="format">The format.</param>
    /// <param name="memory">The slot's memory.</param>
    /// <param name="layout">The slot's layout.</param>
    /// <param name="start">The first element.</param>
    /// <param name="end">Where the range ends.</param>
    /// <param name="source">The elements, the first one at its beginning.</param>
    /// <param name="chance">What roundings by chance go by; default where the format has none.</param>
    public static void Encode<T>(SlotFormat format, T* memory, Layout layout, nint start, nint end, T* source, in Chance chance = default)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        bool isStochastic = IsStochastic(format);
        if (typeof(T) == typeof(float) && format == SlotFormat.BFloat16)
        {
            BFloat16Code.Encode((float*)source, (ushort*)memory + start, end - start);
            return;
        }

        float* floats = stackalloc float[typeof(T) == typeof(float) ? 1 : BlockLength];
        float* scales = (float*)((byte*)memory + ScalesAt(layout.Length));
        for (var block = new Block(layout, start, end, typeof(T) == typeof(float) && !IsFloat8(format) ? int.MaxValue : BlockLength); block.Start < end; block.Next())
        {
            float* from = typeof(T) == typeof(float) ? (float*)source + (block.Start - start) : floats;
            for (nint i = 0; typeof(T) != typeof(float) && i < block.Length; i++)
            {
                floats[i] = float.CreateTruncating(source[block.Start - start + i]);
            }

            uint counter = isStochastic ? chance.CounterAt(block.Tensor, block.Position) : 0;
            if (IsFloat8(format))
            {
                scales[block.Scale] = Float8Code.Encode(from, (byte*)memory + block.Start, (int)block.Length, counter, isStochastic);
            }
            else if (isStochastic)
            {
                BFloat16Code.Encode(from, (ushort*)memory + block.Start, block.Length, counter);
            }
            else
            {
                BFloat16Code.Encode(from, (ushort*)memory + block.Start, block.Length);
            }
        }
    }

    /// <summary>A hash of 32 bits (Wellons' lowbias32).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Mixed(uint x)
    {
        x = (x ^ (x >> 16)) * 0x7FEB352D;
        x = (x ^ (x >> 15)) * 0x846CA68B;
        return x ^ (x >> 16);
    }

    /// <summary>The blocks of a range, one after the other.</summary>
    private struct Block
    {
        private readonly Layout layout;
        private readonly nint last, most;
        private nint end, offset;

        public Block(Layout layout, nint start, nint end, nint most)
        {
            (this.layout, last, this.most) = (layout, end, most);
            if (start < end)
            {
                Tensor = layout.TensorAt((int)start);
                Begin(start);
            }
            else
            {
                Start = end;
            }
        }

        public nint Start { get; private set; }

        public int Tensor { get; private set; }

        public readonly nint Length => end - Start;

        /// <summary>Where it begins in its tensor.</summary>
        public readonly nint Position => Start - offset;

        /// <summary>Which of the scales it has: those of a tensor begin after as many blocks and tensors as can be before it.</summary>
        public readonly nint Scale => (offset / BlockLength) + Tensor + (Position / BlockLength);

        public void Next() => Begin(end);

        private void Begin(nint start)
        {
            Start = start;
            if (start >= last)
            {
                return;
            }

            while (start >= (nint)layout.OffsetOf(Tensor) + layout[Tensor].Length)
            {
                Tensor++;
            }

            // By what is left, which does not overflow in a process of 32 bits.
            offset = layout.OffsetOf(Tensor);
            end = start + Math.Min(Math.Min(last - start, offset + layout[Tensor].Length - start), most - (Position % most));
        }
    }
}
