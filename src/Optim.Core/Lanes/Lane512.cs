using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim.Lanes;

/// <summary>A lane of 512 bits.</summary>
internal readonly unsafe struct Lane512<T>(Vector512<T> value) : ILane<Lane512<T>, T>
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
}
