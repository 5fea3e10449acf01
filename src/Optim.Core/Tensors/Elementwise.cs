using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Optim.Lanes;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim.Tensors;

/// <summary>A function of two elements, for the arithmetic of sets.</summary>
internal interface IBinary<T>
    where T : unmanaged
{
    L Apply<L>(L x, L y)
        where L : struct, ILane<L, T>;
}

/// <summary>One pass over two inputs and one output.</summary>
internal static unsafe class Elementwise<T, F>
    where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    where F : struct, IBinary<T>
{
    public static void Run(F function, T* x, T* y, T* result, nint length)
    {
        nint done = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            done = Sweep<Lane512<T>>(function, x, y, result, done, length);
        }

        if (Vector256.IsHardwareAccelerated)
        {
            done = Sweep<Lane256<T>>(function, x, y, result, done, length);
        }

        if (Vector128.IsHardwareAccelerated)
        {
            done = Sweep<Lane128<T>>(function, x, y, result, done, length);
        }

        Sweep<ScalarLane<T>>(function, x, y, result, done, length);
    }

    [MethodImpl(AggressiveOptimization)]
    private static nint Sweep<L>(F function, T* x, T* y, T* result, nint i, nint length)
        where L : struct, ILane<L, T>
    {
        for (; i + L.Width <= length; i += L.Width)
        {
            L.Store(function.Apply(L.Load(x + i), L.Load(y + i)), result + i);
        }

        return i;
    }
}

internal readonly struct Sum<T> : IBinary<T>
    where T : unmanaged
{
    [MethodImpl(AggressiveInlining)]
    public L Apply<L>(L x, L y)
        where L : struct, ILane<L, T> => x + y;
}

internal readonly struct Difference<T> : IBinary<T>
    where T : unmanaged
{
    [MethodImpl(AggressiveInlining)]
    public L Apply<L>(L x, L y)
        where L : struct, ILane<L, T> => x - y;
}

internal readonly struct Multiple<T>(T factor) : IBinary<T>
    where T : unmanaged
{
    private readonly T factor = factor;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L>(L x, L y)
        where L : struct, ILane<L, T> => x * factor;
}
