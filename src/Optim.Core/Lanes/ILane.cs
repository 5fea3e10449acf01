using System.Numerics;

namespace Optim.Lanes;

/// <summary>
/// A fixed number of elements that arithmetic treats as one value: a SIMD register of 512, 256 or 128 bits, or one scalar.
/// </summary>
/// <remarks>
/// A formula written against a lane runs at every width. Every operation here is correctly rounded (IEEE 754) or exact, so the width
/// never affects the result. A formula must therefore use nothing else: no reciprocal estimates, no platform functions.
/// </remarks>
/// <typeparam name="TSelf">The lane itself.</typeparam>
/// <typeparam name="T">The element type, <see cref="float"/> or <see cref="double"/>.</typeparam>
public unsafe interface ILane<TSelf, T> :
    IAdditionOperators<TSelf, TSelf, TSelf>, ISubtractionOperators<TSelf, TSelf, TSelf>,
    IMultiplyOperators<TSelf, TSelf, TSelf>,
    IDivisionOperators<TSelf, TSelf, TSelf>, IUnaryNegationOperators<TSelf, TSelf>
    where TSelf : struct, ILane<TSelf, T>
    where T : unmanaged
{
    /// <summary>Every element times the same number.</summary>
    /// <param name="left">The lane.</param>
    /// <param name="right">The number.</param>
    static abstract TSelf operator *(TSelf left, T right);

    /// <summary>The number of elements in the lane.</summary>
    static abstract int Width { get; }

    /// <summary>Reads <see cref="Width"/> elements; no alignment is required.</summary>
    /// <param name="source">The first element.</param>
    static abstract TSelf Load(T* source);

    /// <summary>Writes <see cref="Width"/> elements; no alignment is required.</summary>
    /// <param name="value">What to write.</param>
    /// <param name="target">The first element.</param>
    static abstract void Store(TSelf value, T* target);

    /// <summary>A non-temporal store, bypassing the caches. The address must be aligned to the lane's own size.</summary>
    /// <param name="value">What to write.</param>
    /// <param name="target">The first element.</param>
    static abstract void StoreNonTemporal(TSelf value, T* target);

    /// <summary>The same number in every element.</summary>
    /// <param name="value">The number.</param>
    static abstract TSelf Broadcast(T value);

    /// <summary>The square root, correctly rounded.</summary>
    /// <param name="x">The operand; negative numbers give NaN.</param>
    static abstract TSelf Sqrt(TSelf x);

    /// <summary>The absolute value.</summary>
    /// <param name="x">The operand.</param>
    static abstract TSelf Abs(TSelf x);

    /// <summary>The larger of two values; NaN when either is NaN, and +0 above -0 (IEEE 754 <c>maximum</c>).</summary>
    /// <param name="x">One operand.</param>
    /// <param name="y">The other.</param>
    static abstract TSelf Max(TSelf x, TSelf y);

    /// <summary>The smaller of two values; NaN when either is NaN, and -0 below +0 (IEEE 754 <c>minimum</c>).</summary>
    /// <param name="x">One operand.</param>
    /// <param name="y">The other.</param>
    static abstract TSelf Min(TSelf x, TSelf y);

    /// <summary><c>a * b + c</c> with one rounding.</summary>
    /// <param name="a">A factor.</param>
    /// <param name="b">A factor.</param>
    /// <param name="c">The summand.</param>
    static abstract TSelf FusedMultiplyAdd(TSelf a, TSelf b, TSelf c);

    /// <summary><c>a * b + c</c> with one rounding, the same <paramref name="b"/> for every element.</summary>
    /// <param name="a">A factor.</param>
    /// <param name="b">A factor.</param>
    /// <param name="c">The summand.</param>
    static abstract TSelf FusedMultiplyAdd(TSelf a, T b, TSelf c);

    /// <summary>One value where the condition is above 0, the other where it is not (0 and NaN included).</summary>
    /// <param name="condition">What is compared with 0.</param>
    /// <param name="positive">The result where the condition is above 0.</param>
    /// <param name="otherwise">The result elsewhere.</param>
    static abstract TSelf SelectPositive(TSelf condition, TSelf positive, TSelf otherwise);

    /// <summary>The nearest integer, ties to even.</summary>
    /// <param name="x">The operand.</param>
    static abstract TSelf Round(TSelf x);

    /// <summary><c>2^n</c>, exact, for whole n whose power of two is a normal number (-126 to 127 in float, -1022 to 1023 in double); anything for other n.</summary>
    /// <param name="n">The exponent.</param>
    static abstract TSelf PowerOfTwo(TSelf n);

    /// <summary>The cube root, with the same bits at every width; to about 1 ulp.</summary>
    /// <param name="x">The operand.</param>
    static abstract TSelf CubeRoot(TSelf x);

    /// <summary><c>x^y</c> for x of 0 or more, NaN below it; the same y for every element, with the same bits at every width, to about 1 ulp. Other than the operations above it works element by element.</summary>
    /// <param name="x">The base.</param>
    /// <param name="exponent">y.</param>
    static abstract TSelf Power(TSelf x, double exponent);

    /// <summary>-1, 0 or 1; a zero keeps its sign and NaN stays NaN.</summary>
    /// <param name="x">The operand.</param>
    static virtual TSelf Sign(TSelf x) =>
        TSelf.SelectPositive(x, TSelf.One, TSelf.SelectPositive(-x, -TSelf.One, x));

    /// <summary>1 in every element.</summary>
    static abstract TSelf One { get; }
}
