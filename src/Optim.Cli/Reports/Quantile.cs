namespace Optim.Cli.Reports;

/// <summary>Quantiles of a few numbers, linear between neighbours (the definition of R's type 7, and of NumPy). What is no number is a run that diverged: above all losses, below all scores.</summary>
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

    /// <summary>A quantile of scores, higher ones better; NaN where it falls on a run that has none.</summary>
    /// <param name="scores">At least one.</param>
    /// <param name="share">From 0 to 1.</param>
    public static double OfScores(IEnumerable<double> scores, double share)
    {
        double lost = Of(scores.Select(score => -score), 1 - share);
        return double.IsPositiveInfinity(lost) ? double.NaN : -lost;
    }
}
