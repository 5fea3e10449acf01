using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim.Lanes;

/// <summary>A lane of 256 bits.</summary>
internal readonly unsafe struct Lane256<T>(Vector256<T> value) : IStoredLane<Lane256<T>, T>
    where T : unmanaged
{
    private readonly Vector256<T> value = value;

    public static int Width { [MethodImpl(AggressiveInlining)] get => Vector256<T>.Count; }

    [MethodImpl(AggressiveInlining)]
    public static Lane256<T> Load(T* source) => new(Vector256.Load(source));

    [MethodImpl(AggressiveInlining)]
    public static void Store(Lane256<T> value, T* target) => value.value.Store(target);

    [MethodImpl(AggressiveInlining)]
    public static void StoreNonTemporal(Lane256<T> value, T* target) => value.value.StoreAlignedNonTemporal(target);

    [MethodImpl(AggressiveInlining)]
    public static Lane256<T> LoadBFloat16(ushort* source) => new(BFloat16.Load256(source).As<float, T>());

    [MethodImpl(AggressiveInlining)]
    public static void StoreBFloat16(Lane256<T> value, ushort* target) => BFloat16.Store(value.value.AsSingle(), target);

    [MethodImpl(AggressiveInlining)]
    public static Lane256<T> Broadcast(T value) => new(Vector256.Create(value));

    [MethodImpl(AggressiveInlining)]
    public static Lane256<T> Sqrt(Lane256<T> x) => new(Vector256.Sqrt(x.value));

    [MethodImpl(AggressiveInlining)]
    public static Lane256<T> Abs(Lane256<T> x) => new(Vector256.Abs(x.value));

    [MethodImpl(AggressiveInlining)]
    public static Lane256<T> Max(Lane256<T> x, Lane256<T> y) => new(Vector256.Max(x.value, y.value));

    [MethodImpl(AggressiveInlining)]
    public static Lane256<T> Min(Lane256<T> x, Lane256<T> y) => new(Vector256.Min(x.value, y.value));

    [MethodImpl(AggressiveInlining)]
    public static Lane256<T> FusedMultiplyAdd(Lane256<T> a, Lane256<T> b, Lane256<T> c) => typeof(T) == typeof(float)
        ? new(Vector256.FusedMultiplyAdd(a.value.AsSingle(), b.value.AsSingle(), c.value.AsSingle()).As<float, T>())
        : new(Vector256.FusedMultiplyAdd(a.value.AsDouble(), b.value.AsDouble(), c.value.AsDouble()).As<double, T>());

    [MethodImpl(AggressiveInlining)]
    public static Lane256<T> FusedMultiplyAdd(Lane256<T> a, T b, Lane256<T> c) => FusedMultiplyAdd(a, Broadcast(b), c);

    [MethodImpl(AggressiveInlining)]
    public static Lane256<T> operator +(Lane256<T> left, Lane256<T> right) => new(left.value + right.value);

    [MethodImpl(AggressiveInlining)]
    public static Lane256<T> operator -(Lane256<T> left, Lane256<T> right) => new(left.value - right.value);

    [MethodImpl(AggressiveInlining)]
    public static Lane256<T> operator *(Lane256<T> left, Lane256<T> right) => new(left.value * right.value);

    [MethodImpl(AggressiveInlining)]
    public static Lane256<T> operator *(Lane256<T> left, T right) => new(left.value * Vector256.Create(right));

    [MethodImpl(AggressiveInlining)]
    public static Lane256<T> operator /(Lane256<T> left, Lane256<T> right) => new(left.value / right.value);

    [MethodImpl(AggressiveInlining)]
    public static Lane256<T> operator -(Lane256<T> value) => new(-value.value);

    public static Lane256<T> One { [MethodImpl(AggressiveInlining)] get => new(Vector256<T>.One); }

    [MethodImpl(AggressiveInlining)]
    public static Lane256<T> SelectPositive(Lane256<T> condition, Lane256<T> positive, Lane256<T> otherwise) =>
        new(Vector256.ConditionalSelect(Vector256.GreaterThan(condition.value, Vector256<T>.Zero), positive.value, otherwise.value));

    [MethodImpl(AggressiveInlining)]
    public static Lane256<T> Round(Lane256<T> x) => typeof(T) == typeof(float)
        ? new(Vector256.Round(x.value.AsSingle()).As<float, T>())
        : new(Vector256.Round(x.value.AsDouble()).As<double, T>());

    // Adding 1.5 * 2^52 leaves a whole number in the low bits; shifted into the exponent, it counts from that of 1.
    [MethodImpl(AggressiveInlining)]
    public static Lane256<T> PowerOfTwo(Lane256<T> n) => typeof(T) == typeof(float)
        ? new(((Vector256.ShiftLeft((n.value.AsSingle() + Vector256.Create(12582912f)).AsInt32(), 23)) + Vector256.Create(0x3F800000)).As<int, T>())
        : new(((Vector256.ShiftLeft((n.value.AsDouble() + Vector256.Create(6755399441055744.0)).AsInt64(), 52)) + Vector256.Create(0x3FF0000000000000)).As<long, T>());

    // One by one: the first guess divides the exponent by three, which no vector unit does.
    public static Lane256<T> CubeRoot(Lane256<T> x)
    {
        T* elements = stackalloc T[Vector256<T>.Count];
        x.value.Store(elements);
        for (int i = 0; i < Vector256<T>.Count; i++)
        {
            elements[i] = typeof(T) == typeof(float)
                ? (T)(object)Exact.CubeRoot((float)(object)elements[i])
                : (T)(object)Exact.CubeRoot((double)(object)elements[i]);
        }

        return Load(elements);
    }

    public static Lane256<T> Power(Lane256<T> x, double exponent)
    {
        T* elements = stackalloc T[Vector256<T>.Count];
        x.value.Store(elements);
        for (int i = 0; i < Vector256<T>.Count; i++)
        {
            elements[i] = typeof(T) == typeof(float)
                ? (T)(object)(float)Exact.PowerOrNaN((float)(object)elements[i], exponent)
                : (T)(object)Exact.PowerOrNaN((double)(object)elements[i], exponent);
        }

        return Load(elements);
    }
}
