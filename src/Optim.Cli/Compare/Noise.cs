using System.Globalization;
using MathNet.Numerics.Distributions;

namespace Optim.Cli.Compare;

/// <summary>How one optimizer's runs differ from the best one's.</summary>
/// <param name="Result">The optimizer.</param>
/// <param name="Probability">The probability of a mean difference as large as seen, if there were none: two-sided, after Holm's correction for the number of comparisons.</param>
internal sealed record Difference(Result Result, double Probability)
{
    /// <summary>The probability below which a difference is believed.</summary>
    public const double Level = 0.05;

    /// <summary>Whether it is within the noise.</summary>
    public bool IsNoise => !(Probability < Level);
}

/// <summary>
/// Which differences between optimizers are within the noise. Runs of one seed have the same initial weights and batches, so that they are compared pair by pair: Student's t-test on the differences, each optimizer
/// against the one of the best median, the probabilities corrected by Holm's method.
/// </summary>
internal sealed record Noise(string Measure, Result Best, IReadOnlyList<Difference> Others, IReadOnlyList<Result> Diverged)
{
    /// <summary>Compares by the final training loss, on a logarithmic scale: factors count, not distances.</summary>
    public static Noise? OfLoss(Comparison comparison) => Of(comparison, "training loss", run => Math.Log(run.Final.TrainingLoss));

    /// <summary>Compares by the final test score, higher is better.</summary>
    public static Noise? OfScore(Comparison comparison) => Of(comparison, $"test {comparison.Settings.Task.ScoreName}", run => -run.Final.TestAccuracy);

    /// <summary>The comparison in a sentence.</summary>
    public string InWords()
    {
        string[] noise = [.. Others.Where(other => other.IsNoise).Select(other => other.Result.Contestant.Title)];
        string[] worse = [.. Others.Where(other => !other.IsNoise).Select(other => string.Create(CultureInfo.InvariantCulture, $"{other.Result.Contestant.Title} (p = {other.Probability:G2})"))];
        string text = $"By {Measure}, {Best.Contestant.Title} has the best median. ";
        text += noise.Length == 0 ? "No other is within the noise of it" : $"Within the noise of it: {string.Join(", ", noise)}";
        text += worse.Length == 0 ? "." : $"; beyond it: {string.Join(", ", worse)}.";
        return Diverged.Count == 0 ? text : $"{text} Not tested, as runs diverged: {string.Join(", ", Diverged.Select(result => string.Create(CultureInfo.InvariantCulture, $"{result.Contestant.Title} ({result.Divergences} of {result.Runs.Count})")))}.";
    }

    private static Noise? Of(Comparison comparison, string measure, Func<TrainingRun, double> value)
    {
        var tested = comparison.Results.Where(result => result.Divergences == 0 && result.Runs.All(run => double.IsFinite(value(run)))).ToList();
        if (comparison.Settings.Seeds < 2 || tested.Count < 2)
        {
            return null;
        }

        var best = tested.MinBy(result => Quantile.Median(result.Runs.Select(value)))!;
        var others = tested.Where(result => result != best)
            .Select(result => (Result: result, P: Probability([.. result.Runs.Zip(best.Runs, (run, other) => value(run) - value(other))])))
            .OrderBy(other => other.P).ToList();

        // Holm: the smallest probability times the number of comparisons, the next times one less, never below one before.
        double reached = 0;
        return new(
            measure, best,
            [.. others.Select((other, i) => new Difference(other.Result, reached = Math.Min(1, Math.Max(reached, other.P * (others.Count - i)))))],
            [.. comparison.Results.Except(tested)]);
    }

    /// <summary>Student's t-test for a mean of 0, two-sided.</summary>
    public static double Probability(IReadOnlyList<double> differences)
    {
        double mean = differences.Average();
        double deviation = Math.Sqrt(differences.Sum(difference => (difference - mean) * (difference - mean)) / (differences.Count - 1));
        if (deviation == 0)
        {
            return mean == 0 ? 1 : 0;
        }

        double t = mean / (deviation / Math.Sqrt(differences.Count));
        return 2 * StudentT.CDF(0, 1, differences.Count - 1, -Math.Abs(t));
    }
}
