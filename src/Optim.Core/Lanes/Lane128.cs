using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim.Lanes;

/// <summary>A lane of 128 bits.</summary>
internal readonly unsafe struct Lane128<T>(Vector128<T> value) : IStoredLane<Lane128<T>, T>
    where T : unmanaged
{
    private readonly Vector128<T> value = value;

    public static int Width { [MethodImpl(AggressiveInlining)] get => Vector128<T>.Count; }

    [MethodImpl(AggressiveInlining)]
    public static Lane128<T> Load(T* source) => new(Vector128.Load(source));

    [MethodImpl(AggressiveInlining)]
    public static void Store(Lane128<T> value, T* target) => value.value.Store(target);

    [MethodImpl(AggressiveInlining)]
    public static void StoreNonTemporal(Lane128<T> value, T* target) => value.value.StoreAlignedNonTemporal(target);

    [MethodImpl(AggressiveInlining)]
    public static Lane128<T> LoadBFloat16(ushort* source) => new(BFloat16.Load128(source).As<float, T>());

    [MethodImpl(AggressiveInlining)]
    public static void StoreBFloat16(Lane128<T> value, ushort* target) => BFloat16.Store(value.value.AsSingle(), target);

    [MethodImpl(AggressiveInlining)]
    public static Lane128<T> Broadcast(T value) => new(Vector128.Create(value));

    [MethodImpl(AggressiveInlining)]
    public static Lane128<T> Sqrt(Lane128<T> x) => new(Vector128.Sqrt(x.value));

    [MethodImpl(AggressiveInlining)]
    public static Lane128<T> Abs(Lane128<T> x) => new(Vector128.Abs(x.value));

    [MethodImpl(AggressiveInlining)]
    public static Lane128<T> Max(Lane128<T> x, Lane128<T> y) => new(Vector128.Max(x.value, y.value));

    [MethodImpl(AggressiveInlining)]
    public static Lane128<T> Min(Lane128<T> x, Lane128<T> y) => new(Vector128.Min(x.value, y.value));

    [MethodImpl(AggressiveInlining)]
    public static Lane128<T> FusedMultiplyAdd(Lane128<T> a, Lane128<T> b, Lane128<T> c) => typeof(T) == typeof(float)
        ? new(Vector128.FusedMultiplyAdd(a.value.AsSingle(), b.value.AsSingle(), c.value.AsSingle()).As<float, T>())
        : new(Vector128.FusedMultiplyAdd(a.value.AsDouble(), b.value.AsDouble(), c.value.AsDouble()).As<double, T>());

    [MethodImpl(AggressiveInlining)]
    public static Lane128<T> FusedMultiplyAdd(Lane128<T> a, T b, Lane128<T> c) => FusedMultiplyAdd(a, Broadcast(b), c);

    [MethodImpl(AggressiveInlining)]
    public static Lane128<T> operator +(Lane128<T> left, Lane128<T> right) => new(left.value + right.value);

    [MethodImpl(AggressiveInlining)]
    public static Lane128<T> operator -(Lane128<T> left, Lane128<T> right) => new(left.value - right.value);

    [MethodImpl(AggressiveInlining)]
    public static Lane128<T> operator *(Lane128<T> left, Lane128<T> right) => new(left.value * right.value);

    [MethodImpl(AggressiveInlining)]
    public static Lane128<T> operator *(Lane128<T> left, T right) => new(left.value * Vector128.Create(right));

    [MethodImpl(AggressiveInlining)]
    public static Lane128<T> operator /(Lane128<T> left, Lane128<T> right) => new(left.value / right.value);

    [MethodImpl(AggressiveInlining)]
    public static Lane128<T> operator -(Lane128<T> value) => new(-value.value);

    public static Lane128<T> One { [MethodImpl(AggressiveInlining)] get => new(Vector128<T>.One); }

    [MethodImpl(AggressiveInlining)]
    public static Lane128<T> SelectPositive(Lane128<T> condition, Lane128<T> positive, Lane128<T> otherwise) =>
        new(Vector128.ConditionalSelect(Vector128.GreaterThan(condition.value, Vector128<T>.Zero), positive.value, otherwise.value));

    [MethodImpl(AggressiveInlining)]
    public static Lane128<T> Round(Lane128<T> x) => typeof(T) == typeof(float)
        ? new(Vector128.Round(x.value.AsSingle()).As<float, T>())
        : new(Vector128.Round(x.value.AsDouble()).As<double, T>());

    // Adding 1.5 * 2^52 leaves a whole number in the low bits; shifted into the exponent, it counts from that of 1.
    [MethodImpl(AggressiveInlining)]
    public static Lane128<T> PowerOfTwo(Lane128<T> n) => typeof(T) == typeof(float)
        ? new(((Vector128.ShiftLeft((n.value.AsSingle() + Vector128.Create(12582912f)).AsInt32(), 23)) + Vector128.Create(0x3F800000)).As<int, T>())
        : new(((Vector128.ShiftLeft((n.value.AsDouble() + Vector128.Create(6755399441055744.0)).AsInt64(), 52)) + Vector128.Create(0x3FF0000000000000)).As<long, T>());

    // One by one: the first guess divides the exponent by three, which no vector unit does.
    public static Lane128<T> CubeRoot(Lane128<T> x)
    {
        T* elements = stackalloc T[Vector128<T>.Count];
        x.value.Store(elements);
        for (int i = 0; i < Vector128<T>.Count; i++)
        {
            elements[i] = typeof(T) == typeof(float)
                ? (T)(object)Exact.CubeRoot((float)(object)elements[i])
                : (T)(object)Exact.CubeRoot((double)(object)elements[i]);
        }

        return Load(elements);
    }

    public static Lane128<T> Power(Lane128<T> x, double exponent)
    {
        T* elements = stackalloc T[Vector128<T>.Count];
        x.value.Store(elements);
        for (int i = 0; i < Vector128<T>.Count; i++)
        {
            elements[i] = typeof(T) == typeof(float)
                ? (T)(object)(float)Exact.PowerOrNaN((float)(object)elements[i], exponent)
                : (T)(object)Exact.PowerOrNaN((double)(object)elements[i], exponent);
        }

        return Load(elements);
    }
}
