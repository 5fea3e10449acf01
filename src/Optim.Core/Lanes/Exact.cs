namespace Optim.Lanes;

/// <summary>
/// Scalar functions whose bits are the same on every machine: built from correctly rounded operations only, because the platforms'
/// <c>pow</c>, <c>cos</c> and <c>cbrt</c> differ in the last bits.
/// </summary>
internal static class Exact
{
    /// <summary><c>x^n</c> for n of 0 or more, as good as correctly rounded: repeated squaring of pairs of numbers.</summary>
    /// <remarks>
    /// Squaring plain numbers is off by up to n/2 ulp; what is left of 1 after <c>b^t</c> is taken from it, and what RAdam makes of that,
    /// shows such an error a thousand times larger.
    /// </remarks>
    public static double Power(double x, long n)
    {
        (double High, double Low) result = (1, 0), square = (x, 0);
        for (ulong rest = (ulong)n; rest != 0; rest >>= 1)
        {
            if ((rest & 1) != 0)
            {
                result = Product(result, square);
            }

            square = Product(square, square);
        }

        return result.High;
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

    /// <summary><c>cos(pi x)</c> for x in [0, 1], to about 2 ulp of 1; exact at 0, 1/2 and 1.</summary>
    public static double CosPi(double x) => x switch
    {
        > 0.75 => -Cos(1 - x),
        > 0.25 => Sin(0.5 - x),
        _ => Cos(x),
    };

    /// <summary>The product of two unevaluated sums, the second number of each below half an ulp of the first.</summary>
    private static (double High, double Low) Product((double High, double Low) x, (double High, double Low) y)
    {
        double product = x.High * y.High;
        if (!double.IsFinite(product))
        {
            return (product, 0);
        }

        double rest = Math.FusedMultiplyAdd(x.High, y.High, -product) + ((x.High * y.Low) + (x.Low * y.High)), high = product + rest;
        return (high, rest - (high - product));
    }

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
}
