namespace Optim.Lanes;

/// <summary>
/// Scalar functions whose bits are the same on every machine: built from correctly rounded operations only, because the platforms'
/// <c>pow</c>, <c>cos</c> and <c>cbrt</c> differ in the last bits.
/// </summary>
internal static class Exact
{
    // ln(2) in two parts, the first short enough for a whole number of up to 11 bits times it to be exact.
    private const double Ln2High = 0.693147180369123816490, Ln2Low = 1.90821492927058770002e-10;

    /// <summary><c>x^n</c> by repeated squaring; at most about log2(n) roundings.</summary>
    public static double Power(double x, long n)
    {
        double result = 1;
        for (ulong rest = (ulong)n; rest != 0; rest >>= 1)
        {
            if ((rest & 1) != 0)
            {
                result *= x;
            }

            x *= x;
        }

        return result;
    }

    /// <summary>The n-th root of a number that is not negative, by Newton's method to its fixed point.</summary>
    public static double Root(double x, int n)
    {
        if (n == 1 || x == 0 || !double.IsFinite(x))
        {
            return x;
        }

        if (n == 2)
        {
            return Math.Sqrt(x);
        }

        // From above the iteration falls until rounding stops it.
        double root = double.ScaleB(1, (Math.ILogB(x) / n) + 1);
        while (true)
        {
            double next = root - ((root - (x / Power(root, n - 1))) / n);
            if (next >= root)
            {
                return root;
            }

            root = next;
        }
    }

    /// <summary>The cube root, to about 1 ulp, by Newton's method from a guess that divides the exponent by three.</summary>
    public static double CubeRoot(double x)
    {
        double magnitude = Math.Abs(x);
        if (!(magnitude > 0) || magnitude == double.PositiveInfinity)
        {
            return x;
        }

        if (magnitude < 1e-300)
        {
            return CubeRoot(x * 2.037035976334486e90) * 7.888609052210118e-31;
        }

        // The guess is good to 5 %, and each step squares the relative error: 3e-3, 6e-6, 4e-11, then rounding.
        double root = BitConverter.Int64BitsToDouble((BitConverter.DoubleToInt64Bits(magnitude) / 3) + 0x2A9F7893782DA1CE);
        for (int i = 0; i < 5; i++)
        {
            root -= (root - (magnitude / (root * root))) / 3;
        }

        return Math.CopySign(root, x);
    }

    /// <summary>The cube root in float: that in double, rounded.</summary>
    public static float CubeRoot(float x) => (float)CubeRoot((double)x);

    /// <summary><c>x^y</c>; NaN for negative x. To about 2 ulp, and one more for each 40 in the logarithm of the result.</summary>
    public static double Power(double x, double y)
    {
        if (y == 0 || x == 1)
        {
            return 1;
        }

        if (double.IsNaN(y) || !(x >= 0))
        {
            return double.NaN;
        }

        if (x == 0 || x == double.PositiveInfinity)
        {
            return (x == 0) == (y > 0) ? 0 : double.PositiveInfinity;
        }

        var (high, low) = LogInParts(x);
        double exponent = y * high;
        return Exp(exponent, double.IsFinite(exponent) ? Math.FusedMultiplyAdd(y, high, -exponent) + (y * low) : 0);
    }

    /// <summary><c>e^x</c>, to about 1 ulp.</summary>
    public static double Exp(double x) => Exp(x, 0);

    /// <summary>The natural logarithm, to about 1 ulp.</summary>
    public static double Log(double x) => x switch
    {
        0 => double.NegativeInfinity,
        > 0 and < double.PositiveInfinity => LogInParts(x).High,
        double.PositiveInfinity => x,
        _ => double.NaN,
    };

    /// <summary><c>cos(pi x)</c> for x in [0, 1], to about 2 ulp of 1; exact at 0, 1/2 and 1.</summary>
    public static double CosPi(double x) => x switch
    {
        > 0.75 => -Cos(1 - x),
        > 0.25 => Sin(0.5 - x),
        _ => Cos(x),
    };

    // Taylor series: on [0, pi/4] the first term left out is below 1e-17.
    private static double Cos(double x)
    {
        double angle = Math.PI * x, square = angle * angle, sum = 0;
        for (int k = 16; k > 0; k -= 2)
        {
            sum = square / (k * (k - 1)) * (1 - sum);
        }

        return 1 - sum;
    }

    private static double Sin(double x)
    {
        double angle = Math.PI * x, square = angle * angle, sum = 0;
        for (int k = 17; k > 1; k -= 2)
        {
            sum = square / (k * (k - 1)) * (1 - sum);
        }

        return angle * (1 - sum);
    }

    /// <summary><c>e^(x + low)</c> for a small second part.</summary>
    private static double Exp(double x, double low)
    {
        // Beyond these the result is infinity or 0 whatever the second part.
        if (!(Math.Abs(x) < 800))
        {
            return x > 0 ? double.PositiveInfinity : x < 0 ? 0 : x;
        }

        double n = Math.Round(x * 1.4426950408889634);
        double r = Math.FusedMultiplyAdd(n, -Ln2Low, Math.FusedMultiplyAdd(n, -Ln2High, x)) + low, sum = 1;

        // Taylor series: on [-ln(2)/2, ln(2)/2] the first term left out is below 1e-18.
        for (int k = 14; k > 0; k--)
        {
            sum = Math.FusedMultiplyAdd(r / k, sum, 1);
        }

        return Math.ScaleB(sum, (int)n);
    }

    /// <summary>The logarithm as a sum of two numbers, the second far below an ulp of the first, of a number that is positive and finite.</summary>
    private static (double High, double Low) LogInParts(double x)
    {
        int k = Math.ILogB(x);
        double m = Math.ScaleB(x, -k);
        if (m > 1.4142135623730951)
        {
            m /= 2;
            k++;
        }

        // ln(m) = 2 atanh(s) with s = (m - 1) / (m + 1), |s| < 0.172; the quotient in two parts as well.
        double numerator = m - 1, denominator = m + 1, one = denominator - m;
        double rest = (m - (denominator - one)) + (1 - one);
        double s = numerator / denominator;
        double sLow = (Math.FusedMultiplyAdd(-s, denominator, numerator) - (s * rest)) / denominator;
        double square = s * s, sum = 0;
        for (int i = 23; i > 1; i -= 2)
        {
            sum = square * ((1.0 / i) + sum);
        }

        double high = k * Ln2High, twice = 2 * s, total = high + twice, kept = total - high;
        double low = (high - (total - kept)) + (twice - kept) + (2 * (sLow + (s * sum))) + (k * Ln2Low);
        double result = total + low;
        return (result, low - (result - total));
    }
}
