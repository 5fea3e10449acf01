using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim.Lanes;

/// <summary>A lane of 512 bits.</summary>
internal readonly unsafe struct BitLane512(Vector512<uint> words) : IBitLane<BitLane512>
{
    private readonly Vector512<uint> words = words;

    public static int Width => 16;

    public static BitLane512 Indices { [MethodImpl(AggressiveInlining)] get => new(Vector512<uint>.Indices); }

    [MethodImpl(AggressiveInlining)]
    public static BitLane512 Load(float* source) => new(Vector512.Load((uint*)source));

    [MethodImpl(AggressiveInlining)]
    public static BitLane512 Broadcast(uint word) => new(Vector512.Create(word));

    [MethodImpl(AggressiveInlining)]
    public static void Store(BitLane512 words, uint* target) => words.words.Store(target);

    [MethodImpl(AggressiveInlining)]
    public static void StoreBytes(BitLane512 a, BitLane512 b, BitLane512 c, BitLane512 d, byte* target) =>
        Bytes(a, b, c, d).Store(target);

    [MethodImpl(AggressiveInlining)]
    public static void StoreBytes(BitLane512 a, BitLane512 b, BitLane512 c, BitLane512 d, BitLane512 signA, BitLane512 signB, BitLane512 signC, BitLane512 signD, byte* target)
    {
        var codes = Bytes(a, b, c, d);
        var signs = Bytes(signA >>> 24, signB >>> 24, signC >>> 24, signD >>> 24) & Vector512.Create((byte)0x80);
        (codes | Vector512.AndNot(signs, Vector512.Equals(codes, Vector512<byte>.Zero))).Store(target);
    }

    [MethodImpl(AggressiveInlining)]
    public static void StoreBFloat16(BitLane512 floats, BitLane512 added, ushort* target) => BFloat16.Store(floats.words.AsSingle(), target, added.words);

    [MethodImpl(AggressiveInlining)]
    public static BitLane512 operator +(BitLane512 left, BitLane512 right) => new(left.words + right.words);

    [MethodImpl(AggressiveInlining)]
    public static BitLane512 operator -(BitLane512 left, BitLane512 right) => new(left.words - right.words);

    [MethodImpl(AggressiveInlining)]
    public static BitLane512 operator *(BitLane512 left, BitLane512 right) => new(left.words * right.words);

    [MethodImpl(AggressiveInlining)]
    public static BitLane512 operator &(BitLane512 left, BitLane512 right) => new(left.words & right.words);

    [MethodImpl(AggressiveInlining)]
    public static BitLane512 operator |(BitLane512 left, BitLane512 right) => new(left.words | right.words);

    [MethodImpl(AggressiveInlining)]
    public static BitLane512 operator ^(BitLane512 left, BitLane512 right) => new(left.words ^ right.words);

    [MethodImpl(AggressiveInlining)]
    public static BitLane512 operator ~(BitLane512 value) => new(~value.words);

    [MethodImpl(AggressiveInlining)]
    public static BitLane512 operator <<(BitLane512 value, int shiftAmount) => new(value.words << shiftAmount);

    /// <summary>By the sign.</summary>
    [MethodImpl(AggressiveInlining)]
    public static BitLane512 operator >>(BitLane512 value, int shiftAmount) => new((value.words.AsInt32() >> shiftAmount).AsUInt32());

    [MethodImpl(AggressiveInlining)]
    public static BitLane512 operator >>>(BitLane512 value, int shiftAmount) => new(value.words >>> shiftAmount);

    [MethodImpl(AggressiveInlining)]
    public static BitLane512 Max(BitLane512 x, BitLane512 y) => new(Vector512.Max(x.words.AsInt32(), y.words.AsInt32()).AsUInt32());

    [MethodImpl(AggressiveInlining)]
    public static BitLane512 Min(BitLane512 x, BitLane512 y) => new(Vector512.Min(x.words.AsInt32(), y.words.AsInt32()).AsUInt32());

    [MethodImpl(AggressiveInlining)]
    public static BitLane512 Greater(BitLane512 x, BitLane512 y) => new(Vector512.GreaterThan(x.words.AsInt32(), y.words.AsInt32()).AsUInt32());

    [MethodImpl(AggressiveInlining)]
    public static BitLane512 Equal(BitLane512 x, BitLane512 y) => new(Vector512.Equals(x.words, y.words));

    [MethodImpl(AggressiveInlining)]
    public static BitLane512 Select(BitLane512 mask, BitLane512 x, BitLane512 y) => new(Vector512.ConditionalSelect(mask.words, x.words, y.words));

    [MethodImpl(AggressiveInlining)]
    public static BitLane512 Times(BitLane512 x, BitLane512 y) => new((x.words.AsSingle() * y.words.AsSingle()).AsUInt32());

    [MethodImpl(AggressiveInlining)]
    public static BitLane512 Over(BitLane512 x, BitLane512 y) => new((x.words.AsSingle() / y.words.AsSingle()).AsUInt32());

    [MethodImpl(AggressiveInlining)]
    public static BitLane512 Least(BitLane512 x, BitLane512 y) => new(Vector512.MinNative(x.words.AsSingle(), y.words.AsSingle()).AsUInt32());

    [MethodImpl(AggressiveInlining)]
    public static BitLane512 IsGreater(BitLane512 x, BitLane512 y) => new(Vector512.GreaterThan(x.words.AsSingle(), y.words.AsSingle()).AsUInt32());

    [MethodImpl(AggressiveInlining)]
    public static BitLane512 ToFloat(BitLane512 words) => new(Vector512.ConvertToSingle(words.words.AsInt32()).AsUInt32());

    [MethodImpl(AggressiveInlining)]
    public static bool IsZero(BitLane512 x) => x.words == Vector512<uint>.Zero;

    [MethodImpl(AggressiveInlining)]
    public static int Largest(BitLane512 x)
    {
        var half = Vector256.Max(x.words.GetLower().AsInt32(), x.words.GetUpper().AsInt32());
        return BitLane128.Largest(new(Vector128.Max(half.GetLower(), half.GetUpper()).AsUInt32()));
    }

    [MethodImpl(AggressiveInlining)]
    private static Vector512<byte> Bytes(BitLane512 a, BitLane512 b, BitLane512 c, BitLane512 d) => Vector512.Narrow(Vector512.Narrow(a.words, b.words), Vector512.Narrow(c.words, d.words));
}
