using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using Optim.Lanes;

namespace Optim.Checkpoints;

/// <summary>Converts a file's elements to another type: rounded once, to nearest, and bit for bit if the types are the same.</summary>
internal static class ElementReader
{
    private const int ChunkBytes = 1 << 20;

    /// <summary>Whether elements of a type can be read as numbers.</summary>
    public static bool Reads(SafetensorsType type) =>
        type is not (SafetensorsType.F4 or SafetensorsType.F6_E2M3 or SafetensorsType.F6_E3M2 or SafetensorsType.F8_E8M0 or SafetensorsType.C64);

    /// <summary>The file type of an element type of ours.</summary>
    public static SafetensorsType TypeOf<T>()
        where T : unmanaged => typeof(T) == typeof(float) ? SafetensorsType.F32 : SafetensorsType.F64;

    /// <param name="source">The bytes.</param>
    /// <param name="offset">The offset of the first element.</param>
    /// <param name="type">The type of the elements.</param>
    /// <param name="target">Receives the elements.</param>
    /// <exception cref="FormatException">A boolean is neither 0 nor 1.</exception>
    public static void Read<T>(ByteSource source, long offset, SafetensorsType type, Span<T> target)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int size = SafetensorsEntry.BitsOf(type) / 8, chunk = ChunkBytes / size;
        byte[] scratch = ArrayPool<byte>.Shared.Rent(Math.Min(target.Length, chunk) * size);
        try
        {
            for (int done = 0; done < target.Length; done += chunk)
            {
                var part = target.Slice(done, Math.Min(chunk, target.Length - done));
                Convert(source.Bytes(offset + ((long)done * size), part.Length * size, scratch), type, part);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }

    private static void Convert<T>(ReadOnlySpan<byte> bytes, SafetensorsType type, Span<T> target)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (type == TypeOf<T>())
        {
            bytes.CopyTo(MemoryMarshal.AsBytes(target));
            return;
        }

        switch (type)
        {
            case SafetensorsType.F32: Each<float, T>(bytes, target); break;
            case SafetensorsType.F64: Each<double, T>(bytes, target); break;
            case SafetensorsType.F16: Each<Half, T>(bytes, target); break;
            case SafetensorsType.I8: Each<sbyte, T>(bytes, target); break;
            case SafetensorsType.U8: Each<byte, T>(bytes, target); break;
            case SafetensorsType.I16: Each<short, T>(bytes, target); break;
            case SafetensorsType.U16: Each<ushort, T>(bytes, target); break;
            case SafetensorsType.I32: Each<int, T>(bytes, target); break;
            case SafetensorsType.U32: Each<uint, T>(bytes, target); break;
            case SafetensorsType.I64: Each<long, T>(bytes, target); break;
            case SafetensorsType.U64: Each<ulong, T>(bytes, target); break;
            case SafetensorsType.BF16:
                var halves = MemoryMarshal.Cast<byte, ushort>(bytes);
                for (int i = 0; i < halves.Length; i++)
                {
                    target[i] = T.CreateTruncating(BFloat16.Decode(halves[i]));
                }

                break;
            case SafetensorsType.BOOL:
                for (int i = 0; i < bytes.Length; i++)
                {
                    target[i] = bytes[i] <= 1
                        ? T.CreateTruncating(bytes[i])
                        : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"a truth value must be 0 or 1, was {bytes[i]} in element {i} of its part"));
                }

                break;
            default:
                for (int i = 0; i < bytes.Length; i++)
                {
                    target[i] = T.CreateTruncating(type == SafetensorsType.F8_E5M2 ? (float)BitConverter.UInt16BitsToHalf((ushort)(bytes[i] << 8)) : E4M3(bytes[i]));
                }

                break;
        }
    }

    private static void Each<TSource, T>(ReadOnlySpan<byte> bytes, Span<T> target)
        where TSource : unmanaged, INumberBase<TSource>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var source = MemoryMarshal.Cast<byte, TSource>(bytes);
        for (int i = 0; i < source.Length; i++)
        {
            target[i] = T.CreateTruncating(source[i]);
        }
    }

    /// <summary>A sign, 4 bits of exponent with bias 7, 3 of fraction; all ones is NaN, and there are no infinities.</summary>
    private static float E4M3(byte bits)
    {
        int exponent = (bits >> 3) & 15, fraction = bits & 7;
        float magnitude = (bits & 127) == 127 ? float.NaN
            : exponent == 0 ? MathF.ScaleB(fraction, -9)
            : MathF.ScaleB(8 + fraction, exponent - 10);
        return bits < 128 ? magnitude : -magnitude;
    }
}
