namespace Optim;

/// <summary>Second moments that a whole block of elements shares; kept as roots, because float holds the square of no gradient beyond 1e19.</summary>
internal static class BlockMoments
{
    /// <summary><c>sqrt(beta2 a^2 + (1 - beta2) b^2)</c>, where a square may overflow or vanish though the result does not.</summary>
    public static double RootMean(double a, double b, double beta2)
    {
        double largest = Math.Max(a, b);
        if (!double.IsFinite(largest) || largest == 0)
        {
            return largest;
        }

        a /= largest;
        b /= largest;
        return largest * Math.Sqrt((beta2 * a * a) + ((1 - beta2) * b * b));
    }
}
