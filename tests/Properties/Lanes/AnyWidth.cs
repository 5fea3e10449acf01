using System.Numerics;
using Optim.Lanes;
using Optim.Properties.Checking;

namespace Optim.Properties.Lanes;

/// <summary>A function of a lane.</summary>
internal interface ILaneFunction
{
    static abstract L Of<L, T>(L x)
        where L : struct, ILane<L, T>
        where T : unmanaged, IFloatingPointIeee754<T>;
}

/// <summary>Runs a function at every width, whatever this machine has in hardware.</summary>
internal static unsafe class AnyWidth
{
    /// <summary>The function of each element; throws where the widths do not agree to the bit.</summary>
    public static T[] Of<T, F>(params T[] x)
        where T : unmanaged, IFloatingPointIeee754<T>
        where F : ILaneFunction
    {
        T[] one = At<ScalarLane<T>, T, F>(x);
        Same.Bits<T>(one, At<Lane128<T>, T, F>(x), "128 bits");
        Same.Bits<T>(one, At<Lane256<T>, T, F>(x), "256 bits");
        Same.Bits<T>(one, At<Lane512<T>, T, F>(x), "512 bits");
        return one;
    }

    private static T[] At<L, T, F>(T[] x)
        where L : struct, ILane<L, T>
        where T : unmanaged, IFloatingPointIeee754<T>
        where F : ILaneFunction
    {
        T[] padded = new T[x.Length + L.Width];
        x.CopyTo(padded, 0);
        fixed (T* element = padded)
        {
            for (int i = 0; i < x.Length; i += L.Width)
            {
                L.Store(F.Of<L, T>(L.Load(element + i)), element + i);
            }
        }

        return padded[..x.Length];
    }
}
