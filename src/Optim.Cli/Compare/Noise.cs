using System.Globalization;
using MathNet.Numerics.Distributions;
using Optim.Cli.Reports;
using Optim.Cli.Train;

namespace Optim.Cli.Compare;

/// <summary>How one optimizer's runs differ from those of the best median.</summary>
/// <param name="Result">The optimizer.</param>
/// <param name="Mean">The mean difference of the pairs, more than 0 where this one is worse; of losses, of their logarithms.</param>
/// <param name="Probability">The probability of a mean difference as large as seen, if there were none: two-sided, after Holm's correction for the number of comparisons.</param>
internal sealed record Difference(Result Result, double Mean, double Probability)
{
    /// <summary>The probability below which a difference is believed.</summary>
    public const double Level = 0.05;

    /// <summary>Whether it is within the noise.</summary>
    public bool IsNoise => !(Probability < Level);

    /// <summary>Whether it is better in the mean of the pairs, though its median is not.</summary>
    public bool IsBetter => Mean < 0;
}

/// <summary>
/// Which differences between optimizers are within the noise. Runs of one seed have the same initial weights and batches, so that they are compared pair by pair: Student's t-test on the differences, each optimizer
/// against the one of the best median, the probabilities corrected by Holm's method. The question has two sides, and the answer names the one: what has the best median may be worse in the mean of the pairs.
/// </summary>
/// <param name="Measure">What is compared: training loss, test accuracy, test R^2.</param>
/// <param name="Best">The optimizer of the best median.</param>
/// <param name="Others">The other tested ones, the least probable difference first.</param>
/// <param name="Untested">Those with a run that diverged, or that has no such figure.</param>
internal sealed record Noise(string Measure, Result Best, IReadOnlyList<Difference> Others, IReadOnlyList<Result> Untested)
{
    /// <summary>Compares by the final training loss, on a logarithmic scale: factors count, not distances. A loss below the rounding of the initial one is taken for that: the logarithm of 0 is no number.</summary>
    public static Noise? OfLoss(Comparison comparison) => Of(comparison, "training loss", run => Math.Log(Math.Max(run.Final.TrainingLoss, Math.Max(Rounding * run.Curve[0].TrainingLoss, Smallest))));

    /// <summary>Compares by the final test score, higher is better.</summary>
    public static Noise? OfScore(Comparison comparison) => Of(comparison, $"test {comparison.Settings.Task.ScoreName}", run => -run.Final.TestAccuracy);

    /// <summary>The comparison in a sentence.</summary>
    public string InWords()
    {
        string[] noise = [.. Others.Where(other => other.IsNoise).Select(other => other.Result.Contestant.Title)];
        string text = $"By {Measure}, {Best.Contestant.Title} has the best median. ";
        text += noise.Length == 0 ? "No other is within the noise of it" : $"Within the noise of it: {string.Join(", ", noise)}";
        text += Beyond("worse", Others.Where(other => !other.IsNoise && !other.IsBetter)) + Beyond("better in the mean of the pairs", Others.Where(other => !other.IsNoise && other.IsBetter)) + ".";
        return Untested.Count == 0 ? text : $"{text} Not tested: {string.Join(", ", Untested.Select(result => $"{result.Contestant.Title} ({Why(result)})"))}.";
    }

    private static string Beyond(string how, IEnumerable<Difference> others)
    {
        string[] names = [.. others.Select(other => string.Create(CultureInfo.InvariantCulture, $"{other.Result.Contestant.Title} (p = {other.Probability:G2})"))];
        return names.Length == 0 ? "" : $"; {how}: {string.Join(", ", names)}";
    }

    private string Why(Result result) => result.Divergences > 0
        ? string.Create(CultureInfo.InvariantCulture, $"{TrainText.Count(result.Divergences, "run")} of {result.Runs.Count} diverged")
        : string.Create(CultureInfo.InvariantCulture, $"no {Figure} in {TrainText.Count(result.Runs.Count(run => !double.IsFinite(run.Final.TestAccuracy)), "run")} of {result.Runs.Count}");

    private string Figure => Measure[(Measure.IndexOf(' ', StringComparison.Ordinal) + 1)..];

    // Half a unit in the last place of 1, and the smallest number that is not subnormal.
    private const double Rounding = 1.0 / (1L << 53), Smallest = 2.2250738585072014e-308;

    // Differences of figures that are rounded themselves are the same to some digits less.
    private const double RoundingOfDifferences = 1e-12;

    private static Noise? Of(Comparison comparison, string measure, Func<TrainingRun, double> value)
    {
        var tested = comparison.Results.Where(result => result.Divergences == 0 && result.Runs.All(run => double.IsFinite(value(run)))).ToList();
        if (comparison.Settings.Seeds < 2 || tested.Count < 2)
        {
            return null;
        }

        var best = tested.MinBy(result => Quantile.Median(result.Runs.Select(value)))!;
        var others = tested.Where(result => result != best)
            .Select(result => (Result: result, Differences: result.Runs.Zip(best.Runs, (run, other) => value(run) - value(other)).ToList()))
            .Select(other => (other.Result, Mean: other.Differences.Average(), P: Probability(other.Differences)))
            .OrderBy(other => other.P).ToList();

        // Holm: the smallest probability times the number of comparisons, the next times one less, never below one before.
        double reached = 0;
        return new(
            measure, best,
            [.. others.Select((other, i) => new Difference(other.Result, other.Mean, reached = Math.Min(1, Math.Max(reached, other.P * (others.Count - i)))))],
            [.. comparison.Results.Except(tested)]);
    }

    /// <summary>
    /// Student's t-test for a mean of 0, two-sided. Where all differences are the same, as few seeds of a coarse score may have it, there is no spread to measure by: then the probability that all signs are alike by
    /// chance, 2 / 2^n.
    /// </summary>
    public static double Probability(IReadOnlyList<double> differences)
    {
        double mean = differences.Average();
        double deviation = Math.Sqrt(differences.Sum(difference => (difference - mean) * (difference - mean)) / (differences.Count - 1));
        if (deviation <= RoundingOfDifferences * differences.Max(Math.Abs))
        {
            return mean == 0 ? 1 : Math.ScaleB(2, -differences.Count);
        }

        double t = mean / (deviation / Math.Sqrt(differences.Count));
        return 2 * StudentT.CDF(0, 1, differences.Count - 1, -Math.Abs(t));
    }
}
