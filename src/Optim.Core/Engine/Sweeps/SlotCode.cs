using System.Numerics;
using System.Runtime.CompilerServices;

namespace Optim.Execution;

/// <summary>The memory of slots in formats of fewer bits than the state computes with: how long it is, and how ranges of elements are read and written.</summary>
/// <remarks>
/// What an element becomes depends on its block and position alone, not on threads or widths, and what was read and is written again has the same bits. A block is what lies in one tensor between two multiples of 256, so that one tensor's
/// elements never change another's. The blocks' scales follow the codes; that of an element is at its position / 256 plus its tensor's number.
/// </remarks>
internal static unsafe class SlotCode
{
    /// <summary>The most elements of a block, at whose multiples ranges that are written must begin and end.</summary>
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
            _ => ScalesAt(layout.Length) + (ScaleCount(layout) * (long)sizeof(float)),
        };
        return (int)((bytes + sizeof(T) - 1) / sizeof(T));
    }

    /// <summary>Where the scales begin, in bytes.</summary>
    public static int ScalesAt(int length) => (int)(((uint)length + 63) & ~63u);

    /// <summary>The number of scales, some of which no block has.</summary>
    public static int ScaleCount(Layout layout) => layout.Length == 0 ? 0 : ((layout.Length - 1) / BlockLength) + layout.Count;

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
        float* floats = stackalloc float[typeof(T) == typeof(float) ? 1 : BlockLength];
        for (nint at = start, until; at < end; at = until)
        {
            until = typeof(T) == typeof(float) ? end : Math.Min(end, (at / BlockLength * BlockLength) + BlockLength);
            float* into = typeof(T) == typeof(float) ? (float*)target : floats;
            if (IsFloat8(format))
            {
                DecodeBlocks((byte*)memory, layout, at, until, into);
            }
            else
            {
                BFloat16Code.Decode((ushort*)memory + at, into, until - at);
            }

            if (typeof(T) != typeof(float))
            {
                for (nint i = at; i < until; i++)
                {
                    target[i - start] = T.CreateTruncating(floats[i - at]);
                }
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
    /// <param name="key">What chance is a function of, beside the position.</param>
    public static void Encode<T>(SlotFormat format, T* memory, Layout layout, nint start, nint end, T* source, uint key)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        float* floats = stackalloc float[typeof(T) == typeof(float) ? 1 : BlockLength];
        for (nint at = start, until; at < end; at = until)
        {
            until = typeof(T) == typeof(float) ? end : Math.Min(end, (at / BlockLength * BlockLength) + BlockLength);
            float* from = typeof(T) == typeof(float) ? (float*)source : floats;
            if (typeof(T) != typeof(float))
            {
                for (nint i = at; i < until; i++)
                {
                    floats[i - at] = float.CreateTruncating(source[i - start]);
                }
            }

            if (IsFloat8(format))
            {
                EncodeBlocks((byte*)memory, layout, at, until, from, key, IsStochastic(format));
            }
            else
            {
                BFloat16Code.Encode(from, (ushort*)memory + at, until - at, (uint)at + key, IsStochastic(format));
            }
        }
    }

    /// <summary>The key of a step's roundings in one slot.</summary>
    public static uint Key(long step, int slot) => Mixed((uint)step + Mixed((uint)(step >> 32) + Mixed((uint)slot + 0x9E3779B9)));

    /// <summary>A hash of 32 bits (Wellons' lowbias32).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Mixed(uint x)
    {
        x = (x ^ (x >> 16)) * 0x7FEB352D;
        x = (x ^ (x >> 15)) * 0x846CA68B;
        return x ^ (x >> 16);
    }

    private static void DecodeBlocks(byte* codes, Layout layout, nint start, nint end, float* target)
    {
        float* scales = (float*)(codes + ScalesAt(layout.Length));
        for (var block = new Block(layout, start, end); block.Start < end; block.Next())
        {
            Float8Code.Decode(codes + block.Start, scales[block.Scale], target + (block.Start - start), block.End - block.Start);
        }
    }

    private static void EncodeBlocks(byte* codes, Layout layout, nint start, nint end, float* source, uint key, bool isStochastic)
    {
        float* scales = (float*)(codes + ScalesAt(layout.Length));
        for (var block = new Block(layout, start, end); block.Start < end; block.Next())
        {
            scales[block.Scale] = Float8Code.Encode(source + (block.Start - start), codes + block.Start, (int)(block.End - block.Start), (uint)block.Start + key, isStochastic);
        }
    }

    /// <summary>The blocks of a range, one after the other.</summary>
    private struct Block
    {
        private readonly Layout layout;
        private readonly nint last;
        private int tensor;

        public Block(Layout layout, nint start, nint end)
        {
            (this.layout, last, tensor) = (layout, end, layout.TensorAt((int)start));
            Begin(start);
        }

        public nint Start { get; private set; }

        public nint End { get; private set; }

        public readonly nint Scale => (Start / BlockLength) + tensor;

        public void Next() => Begin(End);

        private void Begin(nint start)
        {
            Start = start;
            if (start >= last)
            {
                return;
            }

            while (start >= (nint)layout.OffsetOf(tensor) + layout[tensor].Length)
            {
                tensor++;
            }

            End = Math.Min(Math.Min(last, (start / BlockLength * BlockLength) + BlockLength), (nint)layout.OffsetOf(tensor) + layout[tensor].Length);
        }
    }
}
