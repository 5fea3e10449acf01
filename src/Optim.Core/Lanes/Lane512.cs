using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim.Lanes;

/// <summary>A lane of 512 bits.</summary>
internal readonly unsafe struct Lane512<T>(Vector512<T> value) : IStoredLane<Lane512<T>, T>
    where T : unmanaged
{
    private readonly Vector512<T> value = value;

    public static int Width { [MethodImpl(AggressiveInlining)] get => Vector512<T>.Count; }

    [MethodImpl(AggressiveInlining)]
    public static Lane512<T> Load(T* source) => new(Vector512.Load(source));

    [MethodImpl(AggressiveInlining)]
    public static void Store(Lane512<T> value, T* target) => value.value.Store(target);

    [MethodImpl(AggressiveInlining)]
    public static void StoreNonTemporal(Lane512<T> value, T* target) => value.value.StoreAlignedNonTemporal(target);

    [MethodImpl(AggressiveInlining)]
    public static Lane512<T> LoadBFloat16(ushort* source) => new(BFloat16.Load512(source).As<float, T>());

    [MethodImpl(AggressiveInlining)]
    public static void StoreBFloat16(Lane512<T> value, ushort* target) => BFloat16.Store(value.value.AsSingle(), target);

    [MethodImpl(AggressiveInlining)]
    public static Lane512<T> Broadcast(T value) => new(Vector512.Create(value));

    [MethodImpl(AggressiveInlining)]
    public static Lane512<T> Sqrt(Lane512<T> x) => new(Vector512.Sqrt(x.value));

    [MethodImpl(AggressiveInlining)]
    public static Lane512<T> Abs(Lane512<T> x) => new(Vector512.Abs(x.value));

    [MethodImpl(AggressiveInlining)]
    public static Lane512<T> Max(Lane512<T> x, Lane512<T> y) => new(Vector512.Max(x.value, y.value));

    [MethodImpl(AggressiveInlining)]
    public static Lane512<T> Min(Lane512<T> x, Lane512<T> y) => new(Vector512.Min(x.value, y.value));

    [MethodImpl(AggressiveInlining)]
    public static Lane512<T> FusedMultiplyAdd(Lane512<T> a, Lane512<T> b, Lane512<T> c) => typeof(T) == typeof(float)
        ? new(Vector512.FusedMultiplyAdd(a.value.AsSingle(), b.value.AsSingle(), c.value.AsSingle()).As<float, T>())
        : new(Vector512.FusedMultiplyAdd(a.value.AsDouble(), b.value.AsDouble(), c.value.AsDouble()).As<double, T>());

    [MethodImpl(AggressiveInlining)]
    public static Lane512<T> FusedMultiplyAdd(Lane512<T> a, T b, Lane512<T> c) => FusedMultiplyAdd(a, Broadcast(b), c);

    [MethodImpl(AggressiveInlining)]
    public static Lane512<T> operator +(Lane512<T> left, Lane512<T> right) => new(left.value + right.value);

    [MethodImpl(AggressiveInlining)]
    public static Lane512<T> operator -(Lane512<T> left, Lane512<T> right) => new(left.value - right.value);

    [MethodImpl(AggressiveInlining)]
    public static Lane512<T> operator *(Lane512<T> left, Lane512<T> right) => new(left.value * right.value);

    [MethodImpl(AggressiveInlining)]
    public static Lane512<T> operator *(Lane512<T> left, T right) => new(left.value * Vector512.Create(right));

    [MethodImpl(AggressiveInlining)]
    public static Lane512<T> operator /(Lane512<T> left, Lane512<T> right) => new(left.value / right.value);

    [MethodImpl(AggressiveInlining)]
    public static Lane512<T> operator -(Lane512<T> value) => new(-value.value);

    public static Lane512<T> One { [MethodImpl(AggressiveInlining)] get => new(Vector512<T>.One); }

    [MethodImpl(AggressiveInlining)]
    public static Lane512<T> SelectPositive(Lane512<T> condition, Lane512<T> positive, Lane512<T> otherwise) =>
        new(Vector512.ConditionalSelect(Vector512.GreaterThan(condition.value, Vector512<T>.Zero), positive.value, otherwise.value));

    [MethodImpl(AggressiveInlining)]
    public static Lane512<T> Round(Lane512<T> x) => typeof(T) == typeof(float)
        ? new(Vector512.Round(x.value.AsSingle()).As<float, T>())
        : new(Vector512.Round(x.value.AsDouble()).As<double, T>());

    // Adding 1.5 * 2^52 leaves a whole number in the low bits; shifted into the exponent, it counts from that of 1.
    [MethodImpl(AggressiveInlining)]
    public static Lane512<T> PowerOfTwo(Lane512<T> n) => typeof(T) == typeof(float)
        ? new(((Vector512.ShiftLeft((n.value.AsSingle() + Vector512.Create(12582912f)).AsInt32(), 23)) + Vector512.Create(0x3F800000)).As<int, T>())
        : new(((Vector512.ShiftLeft((n.value.AsDouble() + Vector512.Create(6755399441055744.0)).AsInt64(), 52)) + Vector512.Create(0x3FF0000000000000)).As<long, T>());

    // One by one: the first guess divides the exponent by three, which no vector unit does.
    public static Lane512<T> CubeRoot(Lane512<T> x)
    {
        T* elements = stackalloc T[Vector512<T>.Count];
        x.value.Store(elements);
        for (int i = 0; i < Vector512<T>.Count; i++)
        {
            elements[i] = typeof(T) == typeof(float)
                ? (T)(object)Exact.CubeRoot((float)(object)elements[i])
                : (T)(object)Exact.CubeRoot((double)(object)elements[i]);
        }

        return Load(elements);
    }

    public static Lane512<T> Power(Lane512<T> x, double exponent)
    {
        T* elements = stackalloc T[Vector512<T>.Count];
        x.value.Store(elements);
        for (int i = 0; i < Vector512<T>.Count; i++)
        {
            elements[i] = typeof(T) == typeof(float)
                ? (T)(object)(float)Exact.PowerOrNaN((float)(object)elements[i], exponent)
                : (T)(object)Exact.PowerOrNaN((double)(object)elements[i], exponent);
        }

        return Load(elements);
    }
}
