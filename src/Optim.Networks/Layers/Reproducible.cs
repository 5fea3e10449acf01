namespace Optim.Networks.Layers;

/// <summary>
/// Exponential and logarithm whose bits are the same on every machine: built from correctly rounded operations only, because
/// <see cref="Math"/> calls the platform's C library, and those differ in the last bits.
/// </summary>
internal static class Reproducible
{
    // ln 2 in two parts (Cody and Waite): the first ends in zero bits, so that its product with a binary exponent is exact.
    private const double Ln2 = 0.69314718055994531, Ln2High = 0.69314718036912382, Ln2Low = 1.9082149292705877e-10;
    private const double SqrtHalf = 0.70710678118654752;

    /// <summary><c>e^x</c>, to about 1 ulp; 0 and infinity outside the normal range.</summary>
    public static double Exp(double x)
    {
        if (double.IsNaN(x) || x is > 709 or < -708)
        {
            return double.IsNaN(x) ? x : x > 0 ? double.PositiveInfinity : 0;
        }

        double exponent = Math.Round(x / Ln2);
        double rest = x - (exponent * Ln2High) - (exponent * Ln2Low);

        // Taylor's series by Horner: |rest| is at most ln(2) / 2, and the first term left out is below 1e-17.
        double sum = 1;
        for (int k = 13; k > 0; k--)
        {
            sum = 1 + (rest / k * sum);
        }

        return Math.ScaleB(sum, (int)exponent);
    }

    /// <summary>The natural logarithm of a positive normal number, to about 2 ulp; NaN and infinity are returned unchanged.</summary>
    public static double Log(double x)
    {
        if (!double.IsFinite(x))
        {
            return x;
        }

        int exponent = Math.ILogB(x) + 1;
        double mantissa = Math.ScaleB(x, -exponent);
        if (mantissa < SqrtHalf)
        {
            mantissa *= 2;
            exponent--;
        }

        // ln m = 2 artanh((m - 1) / (m + 1)); the argument is at most 0.172, and the first term left out is below 1e-17.
        double argument = (mantissa - 1) / (mantissa + 1), square = argument * argument, sum = 0;
        for (int k = 21; k > 1; k -= 2)
        {
            sum = square * ((1.0 / k) + sum);
        }

        return (exponent * Ln2High) + ((2 * argument * (1 + sum)) + (exponent * Ln2Low));
    }
}
