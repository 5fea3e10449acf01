using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim.Lanes;

/// <summary>A lane of 256 bits.</summary>
internal readonly unsafe struct BitLane256(Vector256<uint> words) : IBitLane<BitLane256>
{
    private readonly Vector256<uint> words = words;

    public static int Width => 8;

    public static BitLane256 Indices { [MethodImpl(AggressiveInlining)] get => new(Vector256<uint>.Indices); }

    [MethodImpl(AggressiveInlining)]
    public static BitLane256 Load(float* source) => new(Vector256.Load((uint*)source));

    [MethodImpl(AggressiveInlining)]
    public static BitLane256 Broadcast(uint word) => new(Vector256.Create(word));

    [MethodImpl(AggressiveInlining)]
    public static void Store(BitLane256 words, uint* target) => words.words.Store(target);

    [MethodImpl(AggressiveInlining)]
    public static void StoreBytes(BitLane256 a, BitLane256 b, BitLane256 c, BitLane256 d, byte* target) =>
        InOrder(Avx2.PackUnsignedSaturate(Halves(a, b), Halves(c, d))).Store(target);

    // The sign of a float's bits is that of the word they are.
    [MethodImpl(AggressiveInlining)]
    public static void StoreBytes(BitLane256 a, BitLane256 b, BitLane256 c, BitLane256 d, BitLane256 signA, BitLane256 signB, BitLane256 signC, BitLane256 signD, byte* target)
    {
        var codes = Avx2.PackUnsignedSaturate(Halves(a, b), Halves(c, d));
        var signs = Avx2.PackSignedSaturate(Halves(signA, signB), Halves(signC, signD)).AsByte() & Vector256.Create((byte)0x80);
        InOrder(codes | Vector256.AndNot(signs, Vector256.Equals(codes, Vector256<byte>.Zero))).Store(target);
    }

    [MethodImpl(AggressiveInlining)]
    public static void StoreBFloat16(BitLane256 floats, BitLane256 added, ushort* target) => BFloat16.Store(floats.words.AsSingle(), target, added.words);

    [MethodImpl(AggressiveInlining)]
    public static BitLane256 operator +(BitLane256 left, BitLane256 right) => new(left.words + right.words);

    [MethodImpl(AggressiveInlining)]
    public static BitLane256 operator -(BitLane256 left, BitLane256 right) => new(left.words - right.words);

    [MethodImpl(AggressiveInlining)]
    public static BitLane256 operator *(BitLane256 left, BitLane256 right) => new(left.words * right.words);

    [MethodImpl(AggressiveInlining)]
    public static BitLane256 operator &(BitLane256 left, BitLane256 right) => new(left.words & right.words);

    [MethodImpl(AggressiveInlining)]
    public static BitLane256 operator |(BitLane256 left, BitLane256 right) => new(left.words | right.words);

    [MethodImpl(AggressiveInlining)]
    public static BitLane256 operator ^(BitLane256 left, BitLane256 right) => new(left.words ^ right.words);

    [MethodImpl(AggressiveInlining)]
    public static BitLane256 operator ~(BitLane256 value) => new(~value.words);

    [MethodImpl(AggressiveInlining)]
    public static BitLane256 operator <<(BitLane256 value, int shiftAmount) => new(value.words << shiftAmount);

    /// <summary>By the sign.</summary>
    [MethodImpl(AggressiveInlining)]
    public static BitLane256 operator >>(BitLane256 value, int shiftAmount) => new((value.words.AsInt32() >> shiftAmount).AsUInt32());

    [MethodImpl(AggressiveInlining)]
    public static BitLane256 operator >>>(BitLane256 value, int shiftAmount) => new(value.words >>> shiftAmount);

    [MethodImpl(AggressiveInlining)]
    public static BitLane256 Max(BitLane256 x, BitLane256 y) => new(Vector256.Max(x.words.AsInt32(), y.words.AsInt32()).AsUInt32());

    [MethodImpl(AggressiveInlining)]
    public static BitLane256 Min(BitLane256 x, BitLane256 y) => new(Vector256.Min(x.words.AsInt32(), y.words.AsInt32()).AsUInt32());

    [MethodImpl(AggressiveInlining)]
    public static BitLane256 Greater(BitLane256 x, BitLane256 y) => new(Vector256.GreaterThan(x.words.AsInt32(), y.words.AsInt32()).AsUInt32());

    [MethodImpl(AggressiveInlining)]
    public static BitLane256 Equal(BitLane256 x, BitLane256 y) => new(Vector256.Equals(x.words, y.words));

    [MethodImpl(AggressiveInlining)]
    public static BitLane256 Select(BitLane256 mask, BitLane256 x, BitLane256 y) => new(Vector256.ConditionalSelect(mask.words, x.words, y.words));

    [MethodImpl(AggressiveInlining)]
    public static BitLane256 Times(BitLane256 x, BitLane256 y) => new((x.words.AsSingle() * y.words.AsSingle()).AsUInt32());

    [MethodImpl(AggressiveInlining)]
    public static BitLane256 Over(BitLane256 x, BitLane256 y) => new((x.words.AsSingle() / y.words.AsSingle()).AsUInt32());

    [MethodImpl(AggressiveInlining)]
    public static BitLane256 Least(BitLane256 x, BitLane256 y) => new(Vector256.MinNative(x.words.AsSingle(), y.words.AsSingle()).AsUInt32());

    [MethodImpl(AggressiveInlining)]
    public static BitLane256 IsGreater(BitLane256 x, BitLane256 y) => new(Vector256.GreaterThan(x.words.AsSingle(), y.words.AsSingle()).AsUInt32());

    [MethodImpl(AggressiveInlining)]
    public static BitLane256 ToFloat(BitLane256 words) => new(Vector256.ConvertToSingle(words.words.AsInt32()).AsUInt32());

    [MethodImpl(AggressiveInlining)]
    public static bool IsZero(BitLane256 x) => x.words == Vector256<uint>.Zero;

    [MethodImpl(AggressiveInlining)]
    public static int Largest(BitLane256 x) => BitLane128.Largest(BitLane128.Max(new(x.words.GetLower()), new(x.words.GetUpper())));

    // Two packings, each within the halves of the register, and one permutation; other ways to narrow take AVX2 three times as many instructions.
    [MethodImpl(AggressiveInlining)]
    private static Vector256<short> Halves(BitLane256 x, BitLane256 y) => Avx2.PackSignedSaturate(x.words.AsInt32(), y.words.AsInt32());

    [MethodImpl(AggressiveInlining)]
    private static Vector256<byte> InOrder(Vector256<byte> packed) => Avx2.PermuteVar8x32(packed.AsUInt32(), Vector256.Create(0u, 4, 1, 5, 2, 6, 3, 7)).AsByte();
}
