using System.Numerics;

namespace Optim.Lanes;

/// <summary>
/// Scalar functions whose bits are the same on every machine: built from correctly rounded operations only, because the platforms'
/// <c>pow</c>, <c>cos</c> and <c>cbrt</c> differ in the last bits.
/// </summary>
public static class Exact
{
    private static readonly DoubleDouble Ln2 = new(0.693147180559945286, 2.319046813846299558e-17);

    /// <summary><c>x^n</c> for n of 0 or more, practically correctly rounded: repeated squaring in double-double arithmetic.</summary>
    /// <remarks>
    /// Squaring plain doubles is off by up to n/2 ulp; <c>1 - b^t</c>, and RAdam's terms in it,
    /// amplify such an error a thousandfold.
    /// </remarks>
    /// <param name="x">x; any number.</param>
    /// <param name="n">n; 0 or more.</param>
    public static double Power(double x, long n) => DoubleDouble.Power(x, n).High;

    /// <summary><c>1 - x^n</c> for n of 0 or more, the bits of <c>1 - Power(x, n)</c>: what corrects the bias of a running mean of n numbers.</summary>
    /// <remarks>Where x^n is far below half an ulp of 1, as after a few hundred steps with x = 0.9, the power is not computed: <c>x^n &lt;= e^(-n (1 - x))</c>.</remarks>
    /// <param name="x">x; any number.</param>
    /// <param name="n">n; 0 or more.</param>
    internal static double OneMinusPower(double x, long n) => x is >= 0 and < 1 && n * (1 - x) > 40 ? 1 : 1 - Power(x, n);

    /// <summary><c>x^y</c> for x of 0 or more, to less than 1 ulp where the result is a normal number.</summary>
    /// <param name="x">x; 0 or more.</param>
    /// <param name="y">y; any number.</param>
    public static double Power(double x, double y) => (x, y) switch
    {
        (1, _) or (_, 0) => 1,
        (0, _) => y > 0 ? 0 : double.PositiveInfinity,
        (double.PositiveInfinity, _) => y > 0 ? x : 0,
        (double.NaN, _) or (_, double.NaN) => double.NaN,

        // The error of the logarithm is multiplied by y and becomes the result's: a double's would cost up to ten bits.
        // Beyond 1e30 either way the result is 0 or infinite whatever x.
        _ => Exponential(Logarithm(x) * Math.Clamp(y, -1e30, 1e30)),
    };

    /// <summary>As <see cref="Power(double, double)"/>; NaN where x is negative, whatever y.</summary>
    internal static double PowerOrNaN(double x, double y) => x < 0 ? double.NaN : Power(x, y);

    /// <summary><c>e^(x y)</c>, to less than 1 ulp where the result is a normal number: the product's rounding would be the result's error.</summary>
    /// <param name="x">x; any number.</param>
    /// <param name="y">y; any number.</param>
    public static double ExponentialOfProduct(double x, double y) => Exponential((DoubleDouble)x * y);

    /// <summary>The natural logarithm, to 1 ulp.</summary>
    /// <param name="x">x; NaN if negative, minus infinity at 0.</param>
    public static double Log(double x) => x switch
    {
        0 => double.NegativeInfinity,
        > 0 and < double.PositiveInfinity => Logarithm(x).High,
        double.PositiveInfinity => x,
        _ => double.NaN,
    };

    /// <summary>The n-th root of a non-negative number, by Newton's method to its fixed point.</summary>
    internal static double Root(double x, int n)
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
    internal static double CubeRoot(double x)
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

    /// <summary>The cube root in float: computed in double and rounded.</summary>
    internal static float CubeRoot(float x) => (float)CubeRoot((double)x);

    /// <summary>A number as T; a finite one beyond T's range becomes T's largest, not infinity.</summary>
    internal static T Saturated<T>(double x)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        T.CreateTruncating(typeof(T) == typeof(float) && double.IsFinite(x) ? Math.Clamp(x, -float.MaxValue, float.MaxValue) : x);

    /// <summary><c>cos(pi x)</c> for x in [0, 1], to about 2 ulp of 1; exact at 0, 1/2 and 1.</summary>
    internal static double CosPi(double x) => x switch
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

    /// <summary>The natural logarithm of a positive number: with x = 2^k f and s = (f - 1) / (f + 1), <c>k ln 2 + 2 (s + s^3/3 + s^5/5 + ...)</c>.</summary>
    private static DoubleDouble Logarithm(double x)
    {
        int exponent = Math.ILogB(x);
        double fraction = Math.ScaleB(x, -exponent);
        if (fraction > 1.5)
        {
            fraction /= 2;
            exponent++;
        }

        // |s| <= 1/5: the first term left out is below 2^-80.
        DoubleDouble s = (DoubleDouble)(fraction - 1) / ((DoubleDouble)fraction + 1), square = s * s, sum = (DoubleDouble)1 / 35;
        for (int k = 33; k > 0; k -= 2)
        {
            sum = ((DoubleDouble)1 / k) + (square * sum);
        }

        return (Ln2 * exponent) + (s * sum * 2);
    }

    /// <summary><c>e^x</c>: with x = k ln 2 + r, <c>2^k (1 + r (1 + r/2 (1 + r/3 ...)))</c>.</summary>
    private static double Exponential(DoubleDouble x)
    {
        if (Math.Abs(x.High) > 800)
        {
            return x.High > 0 ? double.PositiveInfinity : 0;
        }

        double exponent = Math.Round(x.High / Ln2.High);
        DoubleDouble rest = x + (Ln2 * -exponent), sum = 1;
        for (int k = 20; k > 0; k--)
        {
            sum = (rest / k * sum) + 1;
        }

        return Math.ScaleB(sum.High, (int)exponent);
    }
}
