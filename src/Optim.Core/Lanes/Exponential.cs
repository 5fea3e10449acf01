using System.Numerics;
using System.Runtime.CompilerServices;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim.Lanes;

/// <summary>The exponential function on lanes, with the same bits at every width, because the platforms' <c>exp</c> differ in the last bits.</summary>
internal static class Exponential
{
    // 1/k!, from the highest: with |r| <= ln(2)/2 the first term left out is below half an ulp.
    private static readonly double[] Coefficients =
    [
        1 / 6227020800.0, 1 / 479001600.0, 1 / 39916800.0, 1 / 3628800.0, 1 / 362880.0, 1 / 40320.0, 1 / 5040.0,
        1 / 720.0, 1 / 120.0, 1 / 24.0, 1 / 6.0, 1 / 2.0, 1, 1,
    ];

    /// <summary><c>e^x</c>, to about 2 ulp; results outside the normal numbers become the nearest normal number.</summary>
    [MethodImpl(AggressiveInlining)]
    public static L Of<L, T>(L x)
        where L : struct, ILane<L, T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        bool single = typeof(T) == typeof(float);
        double limit = single ? 87 : 708;
        x = L.Max(L.Broadcast(T.CreateTruncating(-limit)), L.Min(L.Broadcast(T.CreateTruncating(limit)), x));
        var n = L.Round(x * T.CreateTruncating(1.4426950408889634));

        // ln(2) in two parts, the first short enough for n times it to be exact.
        var r = L.FusedMultiplyAdd(n, T.CreateTruncating(single ? -0.693359375 : -0.693147180369123816490), x);
        r = L.FusedMultiplyAdd(n, T.CreateTruncating(single ? 2.12194440054690583e-4 : -1.90821492927058770002e-10), r);
        int first = single ? 6 : 0;
        var sum = L.Broadcast(T.CreateTruncating(Coefficients[first]));
        for (int i = first + 1; i < Coefficients.Length; i++)
        {
            sum = L.FusedMultiplyAdd(sum, r, L.Broadcast(T.CreateTruncating(Coefficients[i])));
        }

        return sum * L.PowerOfTwo(n);
    }

    /// <summary><c>1 / (1 + e^-x)</c>.</summary>
    [MethodImpl(AggressiveInlining)]
    public static L Sigmoid<L, T>(L x)
        where L : struct, ILane<L, T>
        where T : unmanaged, IFloatingPointIeee754<T> => L.One / (L.One + Of<L, T>(-x));
}
