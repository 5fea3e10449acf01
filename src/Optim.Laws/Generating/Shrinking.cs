namespace Optim.Laws;

/// <summary>Simpler values to try once a case has failed.</summary>
internal static class Shrinking
{
    public static IEnumerable<double> Of(double x)
    {
        if (double.IsNaN(x) || BitConverter.DoubleToInt64Bits(x) == 0)
        {
            return [];
        }

        double[] simpler = [0, 1, -1, 2, Math.Round(x), Math.Truncate(x), double.IsFinite(x) ? Math.ScaleB(1, Math.ILogB(x)) : 1];
        return simpler.Where(y => Complexity(y) < Complexity(x));
    }

    /// <summary>The length is kept.</summary>
    public static IEnumerable<double[]> Elements(double[] values)
    {
        if (values.Any(x => Complexity(x) > 0))
        {
            yield return new double[values.Length];
        }

        for (int i = 0; i < values.Length; i++)
        {
            foreach (double simpler in Of(values[i]))
            {
                double[] copy = [.. values];
                copy[i] = simpler;
                yield return copy;
            }
        }
    }

    // Strictly falling along every shrink, so that shrinking ends.
    private static int Complexity(double x) => x switch
    {
        0 => BitConverter.DoubleToInt64Bits(x) == 0 ? 0 : 1,
        1 => 2,
        -1 => 3,
        2 => 4,
        _ when double.IsFinite(x) && x == Math.Truncate(x) && Math.Abs(x) < 1e6 => 5 + (int)Math.Abs(x),
        _ when double.IsFinite(x) && Math.Abs(x) == Math.ScaleB(1, Math.ILogB(x)) => 2_000_000,
        _ => 2_000_001,
    };
}
