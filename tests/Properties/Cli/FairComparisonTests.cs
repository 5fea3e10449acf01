using Optim.Cli.Compare;
using Optim.Cli.Training;
using Optim.Networks;
using Xunit;

namespace Optim.Properties.Cli;

/// <summary>What a comparison may claim: what is held out is seen by nobody, and a difference is called what it is.</summary>
public class FairComparisonTests
{
    private static readonly Contestant Sgd = Contestant.Find("sgd")!, Adam = Contestant.Find("adam")!, Lion = Contestant.Find("lion")!;

    [Fact]
    public void All_seeds_hold_out_the_digits_of_the_first_so_that_none_is_tuned_or_trained_on_what_another_is_judged_by()
    {
        var settings = new CompareSettings([Sgd], 1, CompareSettings.DefaultBatchSize, 5, 1) { Seeds = 3 };
        var runs = Comparison.Run(settings, (_, _, _) => { }, CancellationToken.None).Results[0].Runs;
        var data = Digits.Load(5);
        var expected = Enumerable.Range(5, 3).Select(seed => DigitsComparison.Run(data, Sgd.CreateRule(Sgd.LearningRate), settings.BatchSize, seed, 1, _ => { }, CancellationToken.None));
        Assert.Equal(expected.Select(run => (run.Final.TrainingLoss, run.Final.TestAccuracy)), runs.Select(run => (run.Final.TrainingLoss, run.Final.TestAccuracy)));
    }

    [Fact]
    public void The_same_difference_in_every_pair_is_no_certainty()
    {
        // Without a spread there is no t; the signs of n pairs are all alike with a probability of 2 / 2^n.
        Assert.Equal(0.5, Noise.Probability([0.25, 0.25]));
        Assert.Equal(0.0625, Noise.Probability([-0.1, -0.1, -0.1, -0.1, -0.1]));
        Assert.Equal(1, Noise.Probability([0, 0, 0]));

        // A spread of rounding alone is none.
        Assert.Equal(0.25, Noise.Probability([0.1 + 0.2, 0.3, 0.3]));
        var noise = Noise.OfScore(Compared(Of(Sgd, (0.5, 0.9), (0.5, 0.9)), Of(Adam, (0.5, 0.8), (0.5, 0.8))))!;
        Assert.True(Assert.Single(noise.Others).IsNoise);
    }

    [Fact]
    public void The_best_median_need_not_be_the_best_in_pairs_and_the_words_say_so()
    {
        // SGD has the lower median, 9.9 to 10, and loses every pair but that one ninefold.
        var noise = Noise.OfLoss(Compared(Of(Sgd, [9, 9, 9, 9.9, 90, 90, 90]), Of(Adam, [1, 1, 1, 10, 10, 10, 10])))!;
        Assert.Equal("sgd", noise.Best.Contestant.Name);
        Assert.False(Assert.Single(noise.Others).IsNoise);
        string words = noise.InWords();
        Assert.Contains("better in the mean of the pairs: Adam (p = ", words, StringComparison.Ordinal);
        Assert.DoesNotContain("worse", words, StringComparison.Ordinal);

        noise = Noise.OfLoss(Compared(Of(Sgd, [3, 6.1, 9, 12, 15]), Of(Adam, [1, 2, 3, 4, 5.1])))!;
        Assert.Contains("worse: SGD (p = ", noise.InWords(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_loss_of_zero_is_the_best_there_is_and_no_divergence()
    {
        var noise = Noise.OfLoss(Compared(Of(Sgd, [0, 0, 1e-30]), Of(Adam, [0.1, 0.2, 0.3])))!;
        Assert.Equal("sgd", noise.Best.Contestant.Name);
        Assert.Empty(noise.Untested);
        Assert.True(double.IsFinite(Assert.Single(noise.Others).Probability));
        Assert.DoesNotContain("diverged", noise.InWords(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_score_that_is_no_number_is_not_called_a_divergence()
    {
        var noise = Noise.OfScore(Compared(Of(Sgd, (0.5, 0.9), (0.5, 0.8)), Of(Adam, (0.5, 0.7), (0.5, 0.9)), Of(Lion, (0.5, double.NaN), (0.5, 0.9))))!;
        Assert.Equal(["lion"], noise.Untested.Select(result => result.Contestant.Name));
        Assert.Contains("Not tested: Lion (no accuracy in 1 run of 2)", noise.InWords(), StringComparison.Ordinal);
        noise = Noise.OfScore(Compared(Of(Sgd, (0.5, 0.9), (0.5, 0.8)), Of(Adam, (0.5, 0.7), (0.5, 0.9)), Of(Lion, (double.NaN, 0.1), (0.5, 0.9))))!;
        Assert.Contains("Not tested: Lion (1 run of 2 diverged)", noise.InWords(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_without_a_score_is_the_worst_of_scores_and_the_worst_of_losses()
    {
        var result = Of(Sgd, (double.NaN, double.NaN), (0.2, 0.9), (0.3, 0.8));
        Assert.Equal(0.3, result.Run.Final.TrainingLoss);
        Assert.Equal(0.8, result.Run.Final.TestAccuracy);
        result = Of(Sgd, (double.NaN, double.NaN), (double.NaN, double.NaN), (0.3, 0.8));
        Assert.Equal(double.NaN, result.Run.Final.TestAccuracy);
        Assert.Equal("- to 70.0 %", ComparisonText.ScoreBand([.. Of(Sgd, (1, double.NaN), (1, double.NaN), (1, 0.6), (1, 0.7), (1, 0.8)).Runs], ComparisonTask.SmallDigits));
    }

    [Fact]
    public void R2_of_a_constant_is_undefined_not_infinite()
    {
        Examples constant = Examples.OfTargets(1, [1, 2, 3], [4, 4, 4]);
        Assert.Equal(double.NaN, Score.Explained(0, constant));
        Assert.Equal(double.NaN, Score.Explained(0.25, constant));

        // 0.1 + 0.1 + 0.1 is not 3 times 0.1: rounding is no variance.
        Assert.Equal(double.NaN, Score.Explained(0.25, Examples.OfTargets(1, [1, 2, 3], [0.1, 0.1, 0.1])));
        Assert.Equal(0.75, Score.Explained(0.25, Examples.OfTargets(1, [1, 2], [3, 5])));
    }

    [Fact]
    public void Rates_are_tuned_by_the_backend_that_the_comparison_runs_by() => Assert.Equal("", TunedRates.Report());

    /// <summary>Runs of one epoch that end with these losses, from 1000.</summary>
    private static Result Of(Contestant contestant, double[] losses) => Of(contestant, [.. losses.Select(loss => (loss, 0.5))]);

    private static Result Of(Contestant contestant, params (double Loss, double Score)[] ends) => new(
        contestant, [.. ends.Select(end => new TrainingRun([new(0, 1000, 0.1, 0), new(1, end.Loss, end.Score, 1)], TimeSpan.Zero, TimeSpan.Zero))]);

    private static Comparison Compared(params Result[] results) => new(
        new CompareSettings([.. results.Select(result => result.Contestant)], 1, 32, 1, 1) { Seeds = results[0].Runs.Count }, results);
}
