using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim.Execution;

/// <summary>Blocks of bytes with one scale, the block's largest magnitude; it is negative where the block has no negative element, and the bytes no sign.</summary>
/// <remarks>
/// A byte is the exponent of |x / scale| and the first 3 bits of its fraction, taken from the float's own bits: codes are made and read by shifts alone. 1 is the largest, 0 is 0, and all ones is NaN.
/// </remarks>
internal static unsafe class Float8Code
{
    private const int Width = 64, Shift = 20;
    private const uint Magnitude = 0x7FFFFFFF, Infinity = 0x7F800000, Cut = (1u << Shift) - 1;

    // What code 0 would be as a float's bits: 15 or 31 powers of two below 1.
    private const uint SignedBias = (127 - 15) << 23, UnsignedBias = (127 - 31) << 23;

    // A number read and divided by its scale again may miss its code by a last place, and chance would then change it once in a million times: the last bits are rounded off first.
    private const uint Last = 16;

    // Below, what is read may be subnormal, and miss its code by more: nothing is left to chance there.
    private const float LeastByChance = 1e-28f;

    [MethodImpl(AggressiveOptimization)]
    public static void Decode(byte* source, float scale, float* target, nint count)
    {
        bool isSigned = scale >= 0;
        uint bias = isSigned ? SignedBias : UnsignedBias, mask = isSigned ? 0x7Fu : 0xFFu;
        float largest = MathF.Abs(scale);
        nint i = 0;
        for (; i + Width <= count; i += Width)
        {
            var (low, high) = Vector512.Widen(Vector512.Load(source + i));
            var (a, b) = Vector512.Widen(low);
            var (c, d) = Vector512.Widen(high);
            Decoded(a, bias, mask, largest).Store(target + i);
            Decoded(b, bias, mask, largest).Store(target + i + 16);
            Decoded(c, bias, mask, largest).Store(target + i + 32);
            Decoded(d, bias, mask, largest).Store(target + i + 48);
        }

        for (; i < count; i++)
        {
            uint code = source[i] & mask;
            float magnitude = code == 0 ? 0 : code == mask ? float.NaN : BitConverter.UInt32BitsToSingle((code << Shift) + bias) * largest;
            target[i] = isSigned && source[i] > 127 ? -magnitude : magnitude;
        }
    }

    /// <returns>The scale.</returns>
    /// <param name="source">The numbers.</param>
    /// <param name="target">Receives their codes.</param>
    /// <param name="count">How many.</param>
    /// <param name="counter">What the first one's chance is a function of; that of the others follows.</param>
    /// <param name="isStochastic">Whether they are rounded by chance.</param>
    [MethodImpl(AggressiveOptimization)]
    public static float Encode(float* source, byte* target, int count, uint counter, bool isStochastic)
    {
        var (largest, hasNegative) = Range(source, count);
        isStochastic &= largest >= LeastByChance;
        uint bias = hasNegative ? SignedBias : UnsignedBias, mask = hasNegative ? 0x7Fu : 0xFFu;
        var rule = new Rule(bias, mask, largest == 0 ? 1 : largest, isStochastic, hasNegative);
        int i = 0;
        var indices = Vector512<uint>.Indices + Vector512.Create(counter);
        for (; i + Width <= count; i += Width)
        {
            var low = Vector512.Narrow(rule.Code(source + i, indices + Vector512.Create((uint)i)), rule.Code(source + i + 16, indices + Vector512.Create((uint)i + 16)));
            var high = Vector512.Narrow(rule.Code(source + i + 32, indices + Vector512.Create((uint)i + 32)), rule.Code(source + i + 48, indices + Vector512.Create((uint)i + 48)));
            Vector512.Narrow(low, high).Store(target + i);
        }

        for (; i < count; i++)
        {
            target[i] = (byte)rule.Code(source[i], counter + (uint)i);
        }

        return hasNegative ? largest : -largest;
    }

    /// <summary>The largest finite magnitude, and whether an element is below 0.</summary>
    private static (float Largest, bool HasNegative) Range(float* source, int count)
    {
        uint largest = 0, signs = 0;
        int i = 0;
        if (count >= 16)
        {
            Vector512<uint> most = default, together = default;
            for (; i + 16 <= count; i += 16)
            {
                var bits = Vector512.Load(source + i).AsUInt32();
                var magnitude = bits & Vector512.Create(Magnitude);
                magnitude &= Vector512.LessThan(magnitude.AsInt32(), Vector512.Create((int)Infinity)).AsUInt32();
                most = Vector512.Max(most.AsInt32(), magnitude.AsInt32()).AsUInt32();
                together |= Vector512.AndNot(bits, Vector512.Equals(magnitude, default));
            }

            for (int lane = 0; lane < 16; lane++)
            {
                largest = Math.Max(largest, most[lane]);
                signs |= together[lane];
            }
        }

        for (; i < count; i++)
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

    [MethodImpl(AggressiveInlining)]
    private static Vector512<float> Decoded(Vector512<uint> code, uint bias, uint mask, float largest)
    {
        var magnitude = code & Vector512.Create(mask);
        var value = (Vector512.ShiftLeft(magnitude, Shift) + Vector512.Create(bias)).AsSingle() * Vector512.Create(largest);
        value = Vector512.AndNot(value.AsUInt32(), Vector512.Equals(magnitude, default)).AsSingle();
        value = Vector512.ConditionalSelect(Vector512.Equals(magnitude, Vector512.Create(mask)).AsSingle(), Vector512.Create(float.NaN), value);
        return (value.AsUInt32() ^ (Vector512.ShiftLeft(code & Vector512.Create(~mask & 0xFFu), 24))).AsSingle();
    }

    /// <summary>How a number becomes a code.</summary>
    private readonly struct Rule(uint bias, uint mask, float largest, bool isStochastic, bool isSigned)
    {
        // The least magnitude but 0; what is below is rounded to it or to 0.
        private readonly uint least = bias + (1u << Shift);

        [MethodImpl(AggressiveInlining)]
        public Vector512<uint> Code(float* source, Vector512<uint> counter)
        {
            var bits = Vector512.Load(source).AsUInt32();
            var magnitude = bits & Vector512.Create(Magnitude);
            var y = magnitude.AsSingle() / Vector512.Create(largest);
            var chance = isStochastic ? VectorChance.Of(counter) & Vector512.Create(Cut) : default;
            var yBits = isStochastic ? (y.AsUInt32() + Vector512.Create(Last / 2)) & Vector512.Create(~(Last - 1)) : y.AsUInt32();
            var added = isStochastic ? chance : Vector512.Create(Cut >> 1) + (Vector512.ShiftRightLogical(yBits, Shift) & Vector512.Create(1u));
            var code = Vector512.ShiftRightLogical(yBits - Vector512.Create(bias) + added, Shift);
            var small = isSigned
                ? (isStochastic
                    ? Vector512.GreaterThan(y * Vector512.Create(Inverse), Vector512.ConvertToSingle(chance.AsInt32())).AsUInt32()
                    : Vector512.GreaterThan(yBits.AsInt32(), Vector512.Create((int)(least - (1u << 23)))).AsUInt32())
                : ~Vector512.Equals(magnitude, default);
            code = Vector512.ConditionalSelect(Vector512.LessThan(yBits.AsInt32(), Vector512.Create((int)least)).AsUInt32(), small & Vector512.Create(1u), code);
            code = Vector512.ConditionalSelect(Vector512.LessThan(magnitude.AsInt32(), Vector512.Create((int)Infinity)).AsUInt32(), code, Vector512.Create(mask));
            return isSigned
                ? code | (Vector512.AndNot(Vector512.ShiftRightLogical(bits & Vector512.Create(~Magnitude), 24), Vector512.Equals(code, default)))
                : code;
        }

        public uint Code(float x, uint counter)
        {
            uint bits = BitConverter.SingleToUInt32Bits(x), magnitude = bits & Magnitude;
            float y = BitConverter.UInt32BitsToSingle(magnitude) / largest;
            uint chance = isStochastic ? SlotCode.Mixed(counter) & Cut : 0, yBits = BitConverter.SingleToUInt32Bits(y), code;
            if (isStochastic)
            {
                yBits = (yBits + (Last / 2)) & ~(Last - 1);
            }

            if (magnitude >= Infinity)
            {
                code = mask;
            }
            else if (yBits < least)
            {
                bool rises = !isSigned ? magnitude != 0 : isStochastic ? y * Inverse > chance : yBits > least - (1u << 23);
                code = rises ? 1u : 0;
            }
            else
            {
                code = (yBits - bias + (isStochastic ? chance : (Cut >> 1) + ((yBits >> Shift) & 1))) >> Shift;
            }

            return isSigned && code != 0 ? code | (bits >> 31 << 7) : code;
        }

        /// <summary>From a magnitude below the least to its share of that, in parts of what chance is counted in.</summary>
        private float Inverse => (1 << Shift) / BitConverter.UInt32BitsToSingle(least);
    }
}
