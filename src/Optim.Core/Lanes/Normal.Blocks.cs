using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim.Lanes;

/// <content>
/// Many quantiles at once, in lanes, with the bits of <see cref="Quantile"/>: the same operations in the same order for each number. The middle function is computed for all of a block; the seventh of them that lie in the tails are
/// gathered first, so that no lane waits for another one's branch.
/// </content>
internal static unsafe partial class Normal
{
    private const int BlockLength = 256;

    private const double Middle = 0.425, NearTail = 5;

    /// <summary>Replaces each q by <see cref="Quantile"/> of it.</summary>
    /// <param name="numbers">In (-1/2, 1/2).</param>
    public static void Quantiles(Span<double> numbers)
    {
        // Lanes go over the end of a block.
        double* block = stackalloc double[BlockLength], tails = stackalloc double[BlockLength], exponents = stackalloc double[BlockLength];
        int* places = stackalloc int[BlockLength];
        for (int start = 0; start < numbers.Length; start += BlockLength)
        {
            var part = numbers.Slice(start, Math.Min(BlockLength, numbers.Length - start));
            new Span<double>(block, BlockLength).Clear();
            part.CopyTo(new(block, BlockLength));
            if (Vector512.IsHardwareAccelerated)
            {
                Block<Lane512<double>>(part, block, tails, exponents, places);
            }
            else if (Vector256.IsHardwareAccelerated)
            {
                Block<Lane256<double>>(part, block, tails, exponents, places);
            }
            else if (Vector128.IsHardwareAccelerated)
            {
                Block<Lane128<double>>(part, block, tails, exponents, places);
            }
            else
            {
                Block<ScalarLane<double>>(part, block, tails, exponents, places);
            }
        }
    }

    [MethodImpl(AggressiveOptimization)]
    private static void Block<L>(Span<double> numbers, double* block, double* tails, double* exponents, int* places)
        where L : struct, ILane<L, double>
    {
        int count = 0;
        for (int i = 0; i < numbers.Length; i++)
        {
            double magnitude = Math.Abs(numbers[i]);
            places[count] = i;
            tails[count] = 0.5 - magnitude;
            count += magnitude <= Middle ? 0 : 1;
        }

        for (int i = 0; i < numbers.Length; i += L.Width)
        {
            var q = L.Load(block + i);
            var inner = L.Broadcast(0.180625) - (q * q);
            var (above, below) = Polynomials(Centre, CentreDivisor, inner);
            L.Store(q * above / below, block + i);
        }

        Tails<L>(tails, exponents, count);
        for (int i = 0; i < count; i++)
        {
            block[places[i]] = Math.CopySign(tails[i], numbers[places[i]]);
        }

        new Span<double>(block, numbers.Length).CopyTo(numbers);
    }

    /// <summary>Replaces probabilities by the magnitudes of their quantiles.</summary>
    [MethodImpl(AggressiveOptimization)]
    private static void Tails<L>(double* tails, double* exponents, int count)
        where L : struct, ILane<L, double>
    {
        for (int i = 0; i < count; i++)
        {
            // Normal numbers all, the least of them 2^-53.
            long bits = BitConverter.DoubleToInt64Bits(tails[i]);
            double fraction = BitConverter.Int64BitsToDouble((bits & 0x000FFFFFFFFFFFFF) | 0x3FF0000000000000);
            bool large = fraction > 1.5;
            tails[i] = large ? fraction * 0.5 : fraction;
            exponents[i] = (bits >> 52) - 1023 + (large ? 1 : 0);
        }

        // What a lane goes over the end by: the fraction and the exponent of some probability.
        for (int i = count; i < Math.Min(BlockLength, count + L.Width); i++)
        {
            (tails[i], exponents[i]) = (1, -4);
        }

        bool far = false;
        for (int i = 0; i < count; i += L.Width)
        {
            L.Store(L.Sqrt(-Log(L.Load(tails + i), L.Load(exponents + i))), exponents + i);
        }

        for (int i = 0; i < count; i++)
        {
            far |= exponents[i] > NearTail;
        }

        for (int i = 0; i < count; i += L.Width)
        {
            var (above, below) = Polynomials(Tail, TailDivisor, L.Load(exponents + i) - L.Broadcast(1.6));
            L.Store(above / below, tails + i);
        }

        for (int i = 0; far && i < count; i++)
        {
            double r = exponents[i];
            tails[i] = r > NearTail ? Polynomial(FarTail, r - NearTail) / Polynomial(FarTailDivisor, r - NearTail) : tails[i];
        }
    }

    /// <summary>As the scalar one, from fraction and exponent.</summary>
    [MethodImpl(AggressiveInlining)]
    private static L Log<L>(L fraction, L exponent)
        where L : struct, ILane<L, double>
    {
        L s = (fraction - L.One) / (fraction + L.One), square = s * s, sum = L.Broadcast(1.0 / 23);
        sum = L.FusedMultiplyAdd(sum, square, L.Broadcast(1.0 / 21));
        sum = L.FusedMultiplyAdd(sum, square, L.Broadcast(1.0 / 19));
        sum = L.FusedMultiplyAdd(sum, square, L.Broadcast(1.0 / 17));
        sum = L.FusedMultiplyAdd(sum, square, L.Broadcast(1.0 / 15));
        sum = L.FusedMultiplyAdd(sum, square, L.Broadcast(1.0 / 13));
        sum = L.FusedMultiplyAdd(sum, square, L.Broadcast(1.0 / 11));
        sum = L.FusedMultiplyAdd(sum, square, L.Broadcast(1.0 / 9));
        sum = L.FusedMultiplyAdd(sum, square, L.Broadcast(1.0 / 7));
        sum = L.FusedMultiplyAdd(sum, square, L.Broadcast(1.0 / 5));
        sum = L.FusedMultiplyAdd(sum, square, L.Broadcast(1.0 / 3));
        sum = L.FusedMultiplyAdd(sum, square, L.One);
        return L.FusedMultiplyAdd(exponent, L.Broadcast(0.69314718055994531), s * 2 * sum);
    }

    [MethodImpl(AggressiveInlining)]
    private static (L Above, L Below) Polynomials<L>(double[] numerator, double[] denominator, L x)
        where L : struct, ILane<L, double>
    {
        L above = L.Broadcast(numerator[0]), below = L.Broadcast(denominator[0]);
        for (int i = 1; i < numerator.Length; i++)
        {
            above = L.FusedMultiplyAdd(above, x, L.Broadcast(numerator[i]));
            below = L.FusedMultiplyAdd(below, x, L.Broadcast(denominator[i]));
        }

        return (above, below);
    }
}
