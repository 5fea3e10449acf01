using System.Runtime.CompilerServices;
using Optim.Lanes;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim.Execution;

/// <summary>How blocks are encoded in 8 bits, a register at a time.</summary>
/// <typeparam name="L">The register.</typeparam>
internal static unsafe class Float8Block<L>
    where L : struct, IBitLane<L>
{
    // What a quotient that is computed as a product may miss by, in last places, and a place more: the product, its reciprocal and the quotient are each rounded by half a place, relative to numbers up to twice as large.
    private const uint Doubt = 4;

    // Of scales whose reciprocals, and products with those, are normal numbers.
    private const float LeastScale = 1e-27f, GreatestScale = 1e27f;

    /// <inheritdoc cref="Float8Code.Encode"/>
    [MethodImpl(AggressiveOptimization)]
    public static float Encode(float* source, byte* target, int count, uint counter, bool isStochastic)
    {
        var (largest, hasNegative, isFinite) = Range(source, count);
        if (isFinite && largest == 0)
        {
            new Span<byte>(target, count).Clear();
            return -largest;
        }

        var rule = new Float8Rule(largest, hasNegative, isStochastic);
        int i = 4 * L.Width > count ? 0 : !isStochastic && isFinite && largest is > LeastScale and < GreatestScale
            ? (hasNegative ? NearestSigned(source, target, count, largest) : NearestUnsigned(source, target, count, largest))
            : 0;
        i = i == 0 ? Exactly(rule, source, target, count, counter) : i;
        for (; i < count; i++)
        {
            target[i] = (byte)rule.Code(source[i], counter + (uint)i);
        }

        return hasNegative ? largest : -largest;
    }

    /// <summary>The largest finite magnitude, whether a finite element is below 0, and whether all are finite.</summary>
    [MethodImpl(AggressiveOptimization)]
    private static (float Largest, bool HasNegative, bool IsFinite) Range(float* source, int count)
    {
        L magnitude = L.Broadcast(Float8Code.Magnitude), most = L.Broadcast(0), other = most, least = most;
        int i = 0;
        for (; i + (2 * L.Width) <= count; i += 2 * L.Width)
        {
            L x = L.Load(source + i), y = L.Load(source + i + L.Width);
            most = L.Max(most, x & magnitude);
            other = L.Max(other, y & magnitude);
            least = L.Least(least, L.Least(x, y));
        }

        uint largest = (uint)L.Largest(L.Max(most, other));
        var (rest, isBelow) = Float8Code.Range(source + i, count - i);
        bool isFinite = largest < Float8Code.Infinity;
        for (int j = i; j < count; j++)
        {
            isFinite &= float.IsFinite(source[j]);
        }

        if (!isFinite)
        {
            (rest, isBelow) = Float8Code.Range(source, count);
            return (rest, isBelow, false);
        }

        return (MathF.Max(rest, BitConverter.UInt32BitsToSingle(largest)), isBelow || !L.IsZero(L.IsGreater(L.Broadcast(0), least)), true);
    }

    // The codes of a block with negative elements, by products with the scale's reciprocal: a division takes longer than all of the rest. Where one comes so close to the middle between two codes that the quotient may lie on the other side, none is taken.
    [MethodImpl(AggressiveOptimization)]
    private static int NearestSigned(float* source, byte* target, int count, float largest)
    {
        // Beyond this the quotient, rounded, is above half of the least code, and its code 1: half a last place above that half, times the scale. The product has 49 bits, and is exact in double.
        double half = ((1.125 * (1 << 24)) + 1) / (1L << 40) * largest;
        float below = (float)half;
        L most = L.Broadcast(BitConverter.SingleToUInt32Bits(below > half ? MathF.BitDecrement(below) : below)), magnitude = L.Broadcast(Float8Code.Magnitude);
        L reciprocal = Reciprocal(largest), added = Added(Float8Code.SignedBias), nearest = magnitude;
        int i = 0;
        for (; i + (4 * L.Width) <= count; i += 4 * L.Width)
        {
            L a = L.Load(source + i), b = L.Load(source + i + L.Width), c = L.Load(source + i + (2 * L.Width)), d = L.Load(source + i + (3 * L.Width));
            L.StoreBytes(
                Code(a & magnitude, reciprocal, added, L.Greater(a & magnitude, most) >>> 31, ref nearest), Code(b & magnitude, reciprocal, added, L.Greater(b & magnitude, most) >>> 31, ref nearest),
                Code(c & magnitude, reciprocal, added, L.Greater(c & magnitude, most) >>> 31, ref nearest), Code(d & magnitude, reciprocal, added, L.Greater(d & magnitude, most) >>> 31, ref nearest),
                a, b, c, d, target + i);
        }

        return IsCertain(nearest) ? i : 0;
    }

    /// <summary>The same where no element is negative: each that is not 0 is at least 1.</summary>
    [MethodImpl(AggressiveOptimization)]
    private static int NearestUnsigned(float* source, byte* target, int count, float largest)
    {
        L reciprocal = Reciprocal(largest), added = Added(Float8Code.UnsignedBias), one = L.Broadcast(1), magnitude = L.Broadcast(Float8Code.Magnitude), nearest = magnitude;
        int i = 0;
        for (; i + (4 * L.Width) <= count; i += 4 * L.Width)
        {
            L a = L.Load(source + i) & magnitude, b = L.Load(source + i + L.Width) & magnitude, c = L.Load(source + i + (2 * L.Width)) & magnitude, d = L.Load(source + i + (3 * L.Width)) & magnitude;
            L.StoreBytes(
                Code(a, reciprocal, added, L.Min(a, one), ref nearest), Code(b, reciprocal, added, L.Min(b, one), ref nearest),
                Code(c, reciprocal, added, L.Min(c, one), ref nearest), Code(d, reciprocal, added, L.Min(d, one), ref nearest), target + i);
        }

        return IsCertain(nearest) ? i : 0;
    }

    private static L Reciprocal(float largest) => L.Broadcast(BitConverter.SingleToUInt32Bits(1 / largest));

    // Half of what is cut off, and the doubt, so that all that is in doubt comes out just above a code.
    private static L Added(uint bias) => L.Broadcast((1u << (Float8Code.Shift - 1)) + Doubt - bias);

    [MethodImpl(AggressiveInlining)]
    private static L Code(L magnitude, L reciprocal, L added, L least, ref L nearest)
    {
        L sum = L.Times(magnitude, reciprocal) + added;
        nearest = L.Min(nearest, sum & L.Broadcast((1u << Float8Code.Shift) - 1));
        return L.Max(sum >> Float8Code.Shift, least);
    }

    private static bool IsCertain(L nearest) => L.IsZero(L.Greater(L.Broadcast((2 * Doubt) + 1), nearest));

    /// <summary>The codes by division: of blocks in doubt, with what is not finite, of scales near the ends, and of all that is rounded by chance.</summary>
    [MethodImpl(AggressiveOptimization)]
    private static int Exactly(in Float8Rule rule, float* source, byte* target, int count, uint counter)
    {
        uint* codes = stackalloc uint[4 * L.Width];
        L indices = L.Indices + L.Broadcast(counter);
        int i = 0;
        while (i + (4 * L.Width) <= count)
        {
            byte* group = target + i;
            for (int j = 0; j < 4; j++, i += L.Width)
            {
                L.Store(rule.Code(L.Load(source + i), indices + L.Broadcast((uint)i)), codes + (j * L.Width));
            }

            float* made = (float*)codes;
            L.StoreBytes(L.Load(made), L.Load(made + L.Width), L.Load(made + (2 * L.Width)), L.Load(made + (3 * L.Width)), group);
        }

        return i;
    }
}
