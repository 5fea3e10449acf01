using System.Runtime.CompilerServices;
using Optim.Lanes;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim.Execution;

/// <summary>How a number becomes a code of 8 bits, see <see cref="Float8Code"/>.</summary>
internal readonly struct Float8Rule
{
    private const int Shift = Float8Code.Shift;
    private const uint Cut = (1u << Shift) - 1;

    // A number read and divided by its scale again may miss its code by a last place, and chance would then change it once in a million times: the last bits are rounded off first.
    private const uint Last = 16;

    // Below, what is read may be subnormal, and miss its code by more: nothing is left to chance there.
    private const float LeastByChance = 1e-28f;

    private readonly uint bias, mask;
    private readonly float largest;

    // From a magnitude below the least to its share of that, in parts of what chance is counted in.
    private readonly float inverse;

    private readonly bool isStochastic, isSigned;

    /// <summary>The rule of a block.</summary>
    /// <param name="largest">Its largest finite magnitude.</param>
    /// <param name="isSigned">Whether an element is below 0.</param>
    /// <param name="isStochastic">Whether it is rounded by chance.</param>
    public Float8Rule(float largest, bool isSigned, bool isStochastic)
    {
        (bias, mask) = isSigned ? (Float8Code.SignedBias, 0x7Fu) : (Float8Code.UnsignedBias, 0xFFu);
        this.largest = largest == 0 ? 1 : largest;
        this.isSigned = isSigned;
        this.isStochastic = isStochastic && largest >= LeastByChance;
        inverse = (1 << Shift) / BitConverter.UInt32BitsToSingle(Least);
    }

    // The least magnitude but 0; what is below is rounded to it or to 0.
    private uint Least => bias + (1u << Shift);

    /// <summary>The codes of floats.</summary>
    /// <param name="bits">The floats.</param>
    /// <param name="counter">What each one's chance is a function of.</param>
    [MethodImpl(AggressiveInlining)]
    public L Code<L>(L bits, L counter)
        where L : struct, IBitLane<L>
    {
        L zero = L.Broadcast(0), magnitude = bits & L.Broadcast(Float8Code.Magnitude), isFinite = L.Greater(L.Broadcast(Float8Code.Infinity), magnitude);
        L y = L.Over(magnitude, L.Broadcast(BitConverter.SingleToUInt32Bits(largest))), yBits = y, added, small;
        if (isStochastic)
        {
            added = VectorChance.Of(counter) & L.Broadcast(Cut);
            yBits = (y + L.Broadcast(Last / 2)) & L.Broadcast(~(Last - 1));
            small = L.IsGreater(L.Times(y, L.Broadcast(BitConverter.SingleToUInt32Bits(inverse))), L.ToFloat(added));
        }
        else
        {
            added = L.Broadcast(Cut >> 1) + ((yBits >>> Shift) & L.Broadcast(1));
            small = L.Greater(yBits, L.Broadcast(Least - (1u << 23)));
        }

        small = isSigned ? small : ~L.Equal(magnitude, zero);
        L code = L.Select(L.Greater(L.Broadcast(Least), yBits), small & L.Broadcast(1), (yBits - L.Broadcast(bias) + added) >>> Shift);
        code = L.Select(isFinite, code, L.Broadcast(mask));
        return isSigned ? code | ((bits >>> 24) & L.Broadcast(0x80) & ~L.Equal(code, zero)) : code;
    }

    /// <summary>The code of one float.</summary>
    public uint Code(float x, uint counter)
    {
        uint bits = BitConverter.SingleToUInt32Bits(x), magnitude = bits & Float8Code.Magnitude;
        float y = BitConverter.UInt32BitsToSingle(magnitude) / largest;
        uint chance = isStochastic ? SlotCode.Mixed(counter) & Cut : 0, yBits = BitConverter.SingleToUInt32Bits(y), code;
        if (isStochastic)
        {
            yBits = (yBits + (Last / 2)) & ~(Last - 1);
        }

        if (magnitude >= Float8Code.Infinity)
        {
            code = mask;
        }
        else if (yBits < Least)
        {
            bool rises = !isSigned ? magnitude != 0 : isStochastic ? y * inverse > chance : yBits > Least - (1u << 23);
            code = rises ? 1u : 0;
        }
        else
        {
            code = (yBits - bias + (isStochastic ? chance : (Cut >> 1) + ((yBits >> Shift) & 1))) >> Shift;
        }

        return isSigned && code != 0 ? code | (bits >> 31 << 7) : code;
    }
}
