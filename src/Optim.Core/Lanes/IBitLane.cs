using System.Numerics;

namespace Optim.Lanes;

/// <summary>Words of 32 bits that are treated as one value, in a register of 512, 256 or 128 bits: what slots in fewer bits are encoded with. Every operation is exact or correctly rounded, so that the width never affects a code.</summary>
/// <typeparam name="TSelf">The lane itself.</typeparam>
internal unsafe interface IBitLane<TSelf> :
    IAdditionOperators<TSelf, TSelf, TSelf>, ISubtractionOperators<TSelf, TSelf, TSelf>, IMultiplyOperators<TSelf, TSelf, TSelf>, IBitwiseOperators<TSelf, TSelf, TSelf>, IShiftOperators<TSelf, int, TSelf>
    where TSelf : struct, IBitLane<TSelf>
{
    /// <summary>The number of words in the lane.</summary>
    static abstract int Width { get; }

    /// <summary>0, 1, 2 and so on.</summary>
    static abstract TSelf Indices { get; }

    /// <summary>Reads floats as their bits.</summary>
    static abstract TSelf Load(float* source);

    /// <summary>The same word everywhere.</summary>
    static abstract TSelf Broadcast(uint word);

    /// <summary>Writes the words.</summary>
    static abstract void Store(TSelf words, uint* target);

    /// <summary>Writes the words of four lanes as bytes; each must be below 256.</summary>
    static abstract void StoreBytes(TSelf a, TSelf b, TSelf c, TSelf d, byte* target);

    /// <summary>The same, and in the first bit of each byte that is not 0 the sign of another word.</summary>
    static abstract void StoreBytes(TSelf a, TSelf b, TSelf c, TSelf d, TSelf signA, TSelf signB, TSelf signC, TSelf signD, byte* target);

    /// <summary>Writes words as the first 16 bits of floats, see <see cref="BFloat16"/>.</summary>
    static abstract void StoreBFloat16(TSelf floats, TSelf added, ushort* target);

    /// <summary>The larger of two signed words.</summary>
    static abstract TSelf Max(TSelf x, TSelf y);

    /// <summary>The smaller of two signed words.</summary>
    static abstract TSelf Min(TSelf x, TSelf y);

    /// <summary>All ones where the first of two signed words is greater, else 0.</summary>
    static abstract TSelf Greater(TSelf x, TSelf y);

    /// <summary>All ones where two words are equal, else 0.</summary>
    static abstract TSelf Equal(TSelf x, TSelf y);

    /// <summary>One where the mask is all ones, the other where it is 0.</summary>
    static abstract TSelf Select(TSelf mask, TSelf x, TSelf y);

    /// <summary>The product of floats.</summary>
    static abstract TSelf Times(TSelf x, TSelf y);

    /// <summary>The quotient of floats.</summary>
    static abstract TSelf Over(TSelf x, TSelf y);

    /// <summary>The smaller of two floats, neither of which is NaN; of two zeros, either.</summary>
    static abstract TSelf Least(TSelf x, TSelf y);

    /// <summary>All ones where the first of two floats is greater, else 0.</summary>
    static abstract TSelf IsGreater(TSelf x, TSelf y);

    /// <summary>Signed words as floats.</summary>
    static abstract TSelf ToFloat(TSelf words);

    /// <summary>Whether all words are 0.</summary>
    static abstract bool IsZero(TSelf x);

    /// <summary>The largest of the signed words.</summary>
    static abstract int Largest(TSelf x);
}
