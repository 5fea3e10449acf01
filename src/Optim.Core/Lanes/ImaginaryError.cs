namespace Optim.Lanes;

/// <summary>The imaginary error function, with the same bits on every machine.</summary>
internal static class ImaginaryError
{
    // Beyond it the result is no number of double's range.
    private const double Largest = 26.5;

    private const double TwoOverRootPi = 1.1283791670955126;

    /// <summary><c>erfi(x) = 2 / sqrt(pi) times the integral of e^(t^2) from 0 to x</c>, by its power series <c>x^(2k + 1) / (k! (2k + 1))</c>, all of one sign; as if x were 26.5 where its magnitude is larger.</summary>
    /// <param name="x">x.</param>
    public static double Of(double x)
    {
        if (double.IsNaN(x))
        {
            return x;
        }

        x = Math.Clamp(x, -Largest, Largest);
        double square = x * x, power = x, sum = x;
        for (int k = 1; k < 4000; k++)
        {
            power *= square / k;
            double next = sum + (power / ((2 * k) + 1));
            if (next == sum)
            {
                break;
            }

            sum = next;
        }

        return TwoOverRootPi * sum;
    }
}
