namespace Optim.Lanes;

/// <summary>Norms that overflow or underflow only if the result does.</summary>
internal static unsafe class Norms
{
    // Below this a sum of squares has lost bits to underflow.
    private const double Tiny = 1e-280;

    public static double Euclidean<T>(T* x, int length)
        where T : unmanaged
    {
        double sum = Reduction.Run(default(SumOfSquares), new Operands<T>(x, x), length);
        return Trusted(sum) ? Math.Sqrt(sum) : Rescaled(x, length);
    }

    /// <summary><c>sqrt(weight a^2 + (1 - weight) b^2)</c> of non-negative numbers: the next running mean of squares, kept as its root.</summary>
    public static double WeightedMean(double a, double b, double weight)
    {
        double largest = Math.Max(a, b);
        if (largest == 0 || !double.IsFinite(largest))
        {
            return largest;
        }

        a /= largest;
        b /= largest;
        return largest * Math.Sqrt((weight * a * a) + ((1 - weight) * b * b));
    }

    /// <summary><c>sqrt(a^2 + b^2)</c> of non-negative numbers: the root of a sum of squares after one more.</summary>
    public static double Together(double a, double b)
    {
        double largest = Math.Max(a, b);
        if (largest == 0 || !double.IsFinite(largest))
        {
            return largest;
        }

        a /= largest;
        b /= largest;
        return largest * Math.Sqrt((a * a) + (b * b));
    }

    public static bool Trusted(double sum) => sum is > Tiny and < double.PositiveInfinity;

    /// <summary>A power of two that scales the largest magnitude to near 1, so that scaling by it is exact.</summary>
    public static double ScaleFor(double largest) => double.ScaleB(1, Math.Clamp(-Math.ILogB(largest), -1000, 1000));

    private static double Rescaled<T>(T* x, int length)
        where T : unmanaged
    {
        double largest = Reduction.Run(default(LargestMagnitude), new Operands<T>(x, x), length);
        if (largest == 0 || !double.IsFinite(largest))
        {
            return largest;
        }

        double scale = ScaleFor(largest);
        return Math.Sqrt(Reduction.Run(new SumOfScaledSquares(scale), new Operands<T>(x, x), length)) / scale;
    }
}
