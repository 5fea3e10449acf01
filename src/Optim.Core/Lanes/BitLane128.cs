using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim.Lanes;

/// <summary>A lane of 128 bits.</summary>
internal readonly unsafe struct BitLane128(Vector128<uint> words) : IBitLane<BitLane128>
{
    private readonly Vector128<uint> words = words;

    public static int Width => 4;

    public static BitLane128 Indices { [MethodImpl(AggressiveInlining)] get => new(Vector128<uint>.Indices); }

    [MethodImpl(AggressiveInlining)]
    public static BitLane128 Load(float* source) => new(Vector128.Load((uint*)source));

    [MethodImpl(AggressiveInlining)]
    public static BitLane128 Broadcast(uint word) => new(Vector128.Create(word));

    [MethodImpl(AggressiveInlining)]
    public static void Store(BitLane128 words, uint* target) => words.words.Store(target);

    [MethodImpl(AggressiveInlining)]
    public static void StoreBytes(BitLane128 a, BitLane128 b, BitLane128 c, BitLane128 d, byte* target) =>
        Bytes(a, b, c, d).Store(target);

    [MethodImpl(AggressiveInlining)]
    public static void StoreBytes(BitLane128 a, BitLane128 b, BitLane128 c, BitLane128 d, BitLane128 signA, BitLane128 signB, BitLane128 signC, BitLane128 signD, byte* target)
    {
        var codes = Bytes(a, b, c, d);
        var signs = Bytes(signA >>> 24, signB >>> 24, signC >>> 24, signD >>> 24) & Vector128.Create((byte)0x80);
        (codes | Vector128.AndNot(signs, Vector128.Equals(codes, Vector128<byte>.Zero))).Store(target);
    }

    [MethodImpl(AggressiveInlining)]
    public static void StoreBFloat16(BitLane128 floats, BitLane128 added, ushort* target) => BFloat16.Store(floats.words.AsSingle(), target, added.words);

    [MethodImpl(AggressiveInlining)]
    public static BitLane128 operator +(BitLane128 left, BitLane128 right) => new(left.words + right.words);

    [MethodImpl(AggressiveInlining)]
    public static BitLane128 operator -(BitLane128 left, BitLane128 right) => new(left.words - right.words);

    [MethodImpl(AggressiveInlining)]
    public static BitLane128 operator *(BitLane128 left, BitLane128 right) => new(left.words * right.words);

    [MethodImpl(AggressiveInlining)]
    public static BitLane128 operator &(BitLane128 left, BitLane128 right) => new(left.words & right.words);

    [MethodImpl(AggressiveInlining)]
    public static BitLane128 operator |(BitLane128 left, BitLane128 right) => new(left.words | right.words);

    [MethodImpl(AggressiveInlining)]
    public static BitLane128 operator ^(BitLane128 left, BitLane128 right) => new(left.words ^ right.words);

    [MethodImpl(AggressiveInlining)]
    public static BitLane128 operator ~(BitLane128 value) => new(~value.words);

    [MethodImpl(AggressiveInlining)]
    public static BitLane128 operator <<(BitLane128 value, int shiftAmount) => new(value.words << shiftAmount);

    /// <summary>By the sign.</summary>
    [MethodImpl(AggressiveInlining)]
    public static BitLane128 operator >>(BitLane128 value, int shiftAmount) => new((value.words.AsInt32() >> shiftAmount).AsUInt32());

    [MethodImpl(AggressiveInlining)]
    public static BitLane128 operator >>>(BitLane128 value, int shiftAmount) => new(value.words >>> shiftAmount);

    [MethodImpl(AggressiveInlining)]
    public static BitLane128 Max(BitLane128 x, BitLane128 y) => new(Vector128.Max(x.words.AsInt32(), y.words.AsInt32()).AsUInt32());

    [MethodImpl(AggressiveInlining)]
    public static BitLane128 Min(BitLane128 x, BitLane128 y) => new(Vector128.Min(x.words.AsInt32(), y.words.AsInt32()).AsUInt32());

    [MethodImpl(AggressiveInlining)]
    public static BitLane128 Greater(BitLane128 x, BitLane128 y) => new(Vector128.GreaterThan(x.words.AsInt32(), y.words.AsInt32()).AsUInt32());

    [MethodImpl(AggressiveInlining)]
    public static BitLane128 Equal(BitLane128 x, BitLane128 y) => new(Vector128.Equals(x.words, y.words));

    [MethodImpl(AggressiveInlining)]
    public static BitLane128 Select(BitLane128 mask, BitLane128 x, BitLane128 y) => new(Vector128.ConditionalSelect(mask.words, x.words, y.words));

    [MethodImpl(AggressiveInlining)]
    public static BitLane128 Times(BitLane128 x, BitLane128 y) => new((x.words.AsSingle() * y.words.AsSingle()).AsUInt32());

    [MethodImpl(AggressiveInlining)]
    public static BitLane128 Over(BitLane128 x, BitLane128 y) => new((x.words.AsSingle() / y.words.AsSingle()).AsUInt32());

    [MethodImpl(AggressiveInlining)]
    public static BitLane128 Least(BitLane128 x, BitLane128 y) => new(Vector128.MinNative(x.words.AsSingle(), y.words.AsSingle()).AsUInt32());

    [MethodImpl(AggressiveInlining)]
    public static BitLane128 IsGreater(BitLane128 x, BitLane128 y) => new(Vector128.GreaterThan(x.words.AsSingle(), y.words.AsSingle()).AsUInt32());

    [MethodImpl(AggressiveInlining)]
    public static BitLane128 ToFloat(BitLane128 words) => new(Vector128.ConvertToSingle(words.words.AsInt32()).AsUInt32());

    [MethodImpl(AggressiveInlining)]
    public static bool IsZero(BitLane128 x) => x.words == Vector128<uint>.Zero;

    [MethodImpl(AggressiveInlining)]
    public static int Largest(BitLane128 x)
    {
        var pairs = Vector128.Max(x.words.AsInt32(), Vector128.Shuffle(x.words.AsInt32(), Vector128.Create(2, 3, 0, 1)));
        return Math.Max(pairs[0], pairs[1]);
    }

    [MethodImpl(AggressiveInlining)]
    private static Vector128<byte> Bytes(BitLane128 a, BitLane128 b, BitLane128 c, BitLane128 d) => Vector128.Narrow(Vector128.Narrow(a.words, b.words), Vector128.Narrow(c.words, d.words));
}
