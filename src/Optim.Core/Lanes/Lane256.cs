using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim.Lanes;

/// <summary>A lane of 256 bits.</summary>
internal readonly unsafe struct Lane256<T>(Vector256<T> value) : ILane<Lane256<T>, T>
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
}
