namespace Optim.Cli.Compare;

/// <summary>Quantiles of a few numbers, linear between neighbours (the definition of R's type 7, and of NumPy). What is no number is above all others: a run that diverged.</summary>
internal static class Quantile
{
    /// <summary>A quantile.</summary>
    /// <param name="values">At least one.</param>
    /// <param name="share">From 0 to 1.</param>
    public static double Of(IEnumerable<double> values, double share)
    {
        double[] sorted = [.. values.Select(value => double.IsNaN(value) ? double.PositiveInfinity : value).Order()];
        double at = share * (sorted.Length - 1);
        int below = (int)at;
        double part = at - below;
        return part == 0 ? sorted[below] : double.IsInfinity(sorted[below + 1]) ? sorted[below + 1] : sorted[below] + (part * (sorted[below + 1] - sorted[below]));
    }

    /// <summary>The median.</summary>
    public static double Median(IEnumerable<double> values) => Of(values, 0.5);

    /// <summary>The lower and the upper quartile.</summary>
    public static (double Low, double High) Quartiles(IEnumerable<double> values)
    {
        double[] list = [.. values];
        return (Of(list, 0.25), Of(list, 0.75));
    }
}
