using System.Numerics;
using System.Runtime.CompilerServices;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim.Lanes;

/// <summary>A lane of one element: for the remainder of every sweep, and for all of it without SIMD.</summary>
internal readonly unsafe struct ScalarLane<T>(T value) : IStoredLane<ScalarLane<T>, T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T value = value;

    public static int Width => 1;

    [MethodImpl(AggressiveInlining)]
    public static ScalarLane<T> Load(T* source) => new(*source);

    [MethodImpl(AggressiveInlining)]
    public static void Store(ScalarLane<T> value, T* target) => *target = value.value;

    [MethodImpl(AggressiveInlining)]
    public static void StoreNonTemporal(ScalarLane<T> value, T* target) => *target = value.value;

    [MethodImpl(AggressiveInlining)]
    public static ScalarLane<T> LoadBFloat16(ushort* source) => new((T)(object)BFloat16.Decode(*source));

    [MethodImpl(AggressiveInlining)]
    public static void StoreBFloat16(ScalarLane<T> value, ushort* target) => *target = BFloat16.Encode((float)(object)value.value);

    [MethodImpl(AggressiveInlining)]
    public static ScalarLane<T> Broadcast(T value) => new(value);

    [MethodImpl(AggressiveInlining)]
    public static ScalarLane<T> Sqrt(ScalarLane<T> x) => new(T.Sqrt(x.value));

    [MethodImpl(AggressiveInlining)]
    public static ScalarLane<T> Abs(ScalarLane<T> x) => new(T.Abs(x.value));

    [MethodImpl(AggressiveInlining)]
    public static ScalarLane<T> Max(ScalarLane<T> x, ScalarLane<T> y) => new(T.Max(x.value, y.value));

    [MethodImpl(AggressiveInlining)]
    public static ScalarLane<T> Min(ScalarLane<T> x, ScalarLane<T> y) => new(T.Min(x.value, y.value));

    [MethodImpl(AggressiveInlining)]
    public static ScalarLane<T> FusedMultiplyAdd(ScalarLane<T> a, ScalarLane<T> b, ScalarLane<T> c) =>
        new(T.FusedMultiplyAdd(a.value, b.value, c.value));

    [MethodImpl(AggressiveInlining)]
    public static ScalarLane<T> FusedMultiplyAdd(ScalarLane<T> a, T b, ScalarLane<T> c) =>
        new(T.FusedMultiplyAdd(a.value, b, c.value));

    [MethodImpl(AggressiveInlining)]
    public static ScalarLane<T> operator +(ScalarLane<T> left, ScalarLane<T> right) => new(left.value + right.value);

    [MethodImpl(AggressiveInlining)]
    public static ScalarLane<T> operator -(ScalarLane<T> left, ScalarLane<T> right) => new(left.value - right.value);

    [MethodImpl(AggressiveInlining)]
    public static ScalarLane<T> operator *(ScalarLane<T> left, ScalarLane<T> right) => new(left.value * right.value);

    [MethodImpl(AggressiveInlining)]
    public static ScalarLane<T> operator *(ScalarLane<T> left, T right) => new(left.value * right);

    [MethodImpl(AggressiveInlining)]
    public static ScalarLane<T> operator /(ScalarLane<T> left, ScalarLane<T> right) => new(left.value / right.value);

    [MethodImpl(AggressiveInlining)]
    public static ScalarLane<T> operator -(ScalarLane<T> value) => new(-value.value);

    public static ScalarLane<T> One => new(T.One);

    [MethodImpl(AggressiveInlining)]
    public static ScalarLane<T> SelectPositive(ScalarLane<T> condition, ScalarLane<T> positive, ScalarLane<T> otherwise) =>
        condition.value > T.Zero ? positive : otherwise;

    [MethodImpl(AggressiveInlining)]
    public static ScalarLane<T> Round(ScalarLane<T> x) => new(T.Round(x.value));

    [MethodImpl(AggressiveInlining)]
    public static ScalarLane<T> PowerOfTwo(ScalarLane<T> n) => typeof(T) == typeof(float)
        ? new((T)(object)BitConverter.Int32BitsToSingle((BitConverter.SingleToInt32Bits((float)(object)n.value + 12582912f) << 23) + 0x3F800000))
        : new((T)(object)BitConverter.Int64BitsToDouble(
            (BitConverter.DoubleToInt64Bits((double)(object)n.value + 6755399441055744.0) << 52) + 0x3FF0000000000000));

    [MethodImpl(AggressiveInlining)]
    public static ScalarLane<T> CubeRoot(ScalarLane<T> x) => typeof(T) == typeof(float)
        ? new((T)(object)Exact.CubeRoot((float)(object)x.value))
        : new((T)(object)Exact.CubeRoot((double)(object)x.value));

    public static ScalarLane<T> Power(ScalarLane<T> x, double exponent) => typeof(T) == typeof(float)
        ? new((T)(object)(float)Exact.PowerOrNaN((float)(object)x.value, exponent))
        : new((T)(object)Exact.PowerOrNaN((double)(object)x.value, exponent));
}
