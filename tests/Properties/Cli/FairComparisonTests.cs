using Optim.Cli.Compare;
using Optim.Cli.Training;
using Xunit;

namespace Optim.Properties.Cli;

/// <summary>What a comparison may claim: what is held out is seen by nobody.</summary>
public class FairComparisonTests
{
    private static readonly Contestant Sgd = Contestant.Find("sgd")!, Adam = Contestant.Find("adam")!;

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
    public void Rates_are_tuned_by_the_backend_that_the_comparison_runs_by()
    {
        string table = Path.Combine(AppContext.BaseDirectory, "tables", "wine.csv");
        var task = ComparisonTask.Of(table, new("cultivar"), "linear", 1);
        MathNet.Numerics.Control.MaxDegreeOfParallelism = 2;
        RateTuning.Run(new([Adam], 1, 32, 1, 1) { Task = task, Tune = 1 }, CancellationToken.None);
        Assert.Equal(1, MathNet.Numerics.Control.MaxDegreeOfParallelism);
    }
}
