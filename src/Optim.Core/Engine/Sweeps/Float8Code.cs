using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Optim.Lanes;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim.Execution;

/// <summary>Blocks of bytes with one scale, the block's largest magnitude; it is negative where the block has no negative element, and the bytes no sign.</summary>
/// <remarks>
/// A byte is the exponent of |x / scale| and the first 3 bits of its fraction, taken from the float's own bits: codes are made and read by shifts alone. 1 is the largest, 0 is 0, and all ones is NaN.
/// </remarks>
internal static unsafe class Float8Code
{
    /// <summary>The bits of a float that a code leaves out.</summary>
    public const int Shift = 20;

    /// <summary>What code 0 would be as a float's bits: 15 or 31 powers of two below 1.</summary>
    public const uint SignedBias = (127 - 15) << 23, UnsignedBias = (127 - 31) << 23;

    /// <summary>Bits of floats.</summary>
    public const uint Magnitude = 0x7FFFFFFF, Infinity = 0x7F800000;

    [MethodImpl(AggressiveOptimization)]
    public static void Decode(byte* source, float scale, float* target, nint count)
    {
        bool isSigned = scale >= 0;
        uint bias = isSigned ? SignedBias : UnsignedBias, mask = isSigned ? 0x7Fu : 0xFFu;
        float largest = MathF.Abs(scale);
        nint i = 0;
        if (Avx2.IsSupported && float.IsFinite(scale))
        {
            i = DecodeWide(source, isSigned, largest, target, count);
        }
        else if (Vector128.IsHardwareAccelerated)
        {
            for (; i + 16 <= count; i += 16)
            {
                var (low, high) = Vector128.Widen(Vector128.Load(source + i));
                var (a, b) = Vector128.Widen(low);
                var (c, d) = Vector128.Widen(high);
                Decoded(a, bias, mask, largest).Store(target + i);
                Decoded(b, bias, mask, largest).Store(target + i + 4);
                Decoded(c, bias, mask, largest).Store(target + i + 8);
                Decoded(d, bias, mask, largest).Store(target + i + 12);
            }
        }

        DecodeOneByOne(source + i, isSigned, largest, target + i, count - i);
    }

    /// <returns>The scale.</returns>
    /// <param name="source">The numbers.</param>
    /// <param name="target">Receives their codes.</param>
    /// <param name="count">How many.</param>
    /// <param name="counter">What the first one's chance is a function of; that of the others follows.</param>
    /// <param name="isStochastic">Whether they are rounded by chance.</param>
    public static float Encode(float* source, byte* target, int count, uint counter, bool isStochastic) =>
        Vector512.IsHardwareAccelerated ? Float8Block<BitLane512>.Encode(source, target, count, counter, isStochastic)
        : Avx2.IsSupported ? Float8Block<BitLane256>.Encode(source, target, count, counter, isStochastic)
        : Vector128.IsHardwareAccelerated ? Float8Block<BitLane128>.Encode(source, target, count, counter, isStochastic)
        : EncodeOneByOne(source, target, count, counter, isStochastic);

    /// <summary>The same, without any vectors.</summary>
    public static float EncodeOneByOne(float* source, byte* target, int count, uint counter, bool isStochastic)
    {
        var (largest, hasNegative) = Range(source, count);
        var rule = new Float8Rule(largest, hasNegative, isStochastic);
        for (int i = 0; i < count; i++)
        {
            target[i] = (byte)rule.Code(source[i], counter + (uint)i);
        }

        return hasNegative ? largest : -largest;
    }

    /// <summary>The largest finite magnitude, and whether a finite element is below 0.</summary>
    public static (float Largest, bool HasNegative) Range(float* source, int count)
    {
        uint largest = 0, signs = 0;
        for (int i = 0; i < count; i++)
        {
            uint bits = BitConverter.SingleToUInt32Bits(source[i]), magnitude = bits & Magnitude;
            if (magnitude is > 0 and < Infinity)
            {
                largest = Math.Max(largest, magnitude);
                signs |= bits;
            }
        }

        return (BitConverter.UInt32BitsToSingle(largest), (signs >> 31) != 0);
    }

    /// <summary>Reads codes without any vectors.</summary>
    public static void DecodeOneByOne(byte* source, bool isSigned, float largest, float* target, nint count)
    {
        uint bias = isSigned ? SignedBias : UnsignedBias, mask = isSigned ? 0x7Fu : 0xFFu;
        for (nint i = 0; i < count; i++)
        {
            uint code = source[i] & mask;
            float magnitude = code == 0 ? 0 : code == mask ? float.NaN : BitConverter.UInt32BitsToSingle((code << Shift) + bias) * largest;
            target[i] = isSigned && source[i] > 127 ? -magnitude : magnitude;
        }
    }

    [MethodImpl(AggressiveInlining)]
    private static Vector128<float> Decoded(Vector128<uint> code, uint bias, uint mask, float largest)
    {
        var magnitude = code & Vector128.Create(mask);
        var value = (Vector128.ShiftLeft(magnitude, Shift) + Vector128.Create(bias)).AsSingle() * Vector128.Create(largest);
        value = Vector128.AndNot(value.AsUInt32(), Vector128.Equals(magnitude, default)).AsSingle();
        value = Vector128.ConditionalSelect(Vector128.Equals(magnitude, Vector128.Create(mask)).AsSingle(), Vector128.Create(float.NaN), value);
        return (value.AsUInt32() ^ (Vector128.ShiftLeft(code & Vector128.Create(~mask & 0xFFu), 24))).AsSingle();
    }

    // The first two bytes of a float's bits, 32 of each at a time: sign, exponent and fraction come from the upper half of a code by a table, the rest is its lower half. They are put side by side as words only then.
    [MethodImpl(AggressiveOptimization)]
    private static nint DecodeWide(byte* source, bool isSigned, float largest, float* target, nint count)
    {
        var firstBytes = isSigned
            ? Vector128.Create((byte)0x38, 0x39, 0x3A, 0x3B, 0x3C, 0x3D, 0x3E, 0x3F, 0xB8, 0xB9, 0xBA, 0xBB, 0xBC, 0xBD, 0xBE, 0xBF)
            : Vector128.Create((byte)0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3A, 0x3B, 0x3C, 0x3D, 0x3E, 0x3F);
        var table = Vector256.Create(firstBytes, firstBytes);
        var mask = Vector256.Create(isSigned ? (byte)0x7F : (byte)0xFF);
        var scale = Vector256.Create(largest);
        nint i = 0;
        for (; i + 32 <= count; i += 32)
        {
            var code = Vector256.Load(source + i);
            var magnitude = code & mask;
            if (Vector256.EqualsAny(magnitude, mask))
            {
                DecodeOneByOne(source + i, isSigned, largest, target + i, 32);
                continue;
            }

            // What lies in one half of the register stays there, so that the words come out in order.
            code = Avx2.PermuteVar8x32(code.AsUInt32(), Vector256.Create(0u, 2, 4, 6, 1, 3, 5, 7)).AsByte();
            var isZero = Vector256.Equals(code & mask, Vector256<byte>.Zero) & Vector256.Create((byte)0x7F);
            var first = Vector256.AndNot(Avx2.Shuffle(table, (code.AsUInt16() >>> 4).AsByte() & Vector256.Create((byte)0x0F)), isZero);
            var second = (code.AsUInt16() << 4).AsByte() & Vector256.Create((byte)0xF0);
            Vector256<ushort> low = Avx2.UnpackLow(second, first).AsUInt16(), high = Avx2.UnpackHigh(second, first).AsUInt16();
            (Avx2.UnpackLow(Vector256<ushort>.Zero, low).AsSingle() * scale).Store(target + i);
            (Avx2.UnpackHigh(Vector256<ushort>.Zero, low).AsSingle() * scale).Store(target + i + 8);
            (Avx2.UnpackLow(Vector256<ushort>.Zero, high).AsSingle() * scale).Store(target + i + 16);
            (Avx2.UnpackHigh(Vector256<ushort>.Zero, high).AsSingle() * scale).Store(target + i + 24);
        }

        return i;
    }
}
