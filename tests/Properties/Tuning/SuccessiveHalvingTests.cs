using Optim.Properties.Checking;
using Optim.Tuning;
using Xunit;

namespace Optim.Properties.Tuning;

public class SuccessiveHalvingTests
{
    private static readonly SearchSpace Space = SearchSpace.Of(SearchParameter.Uniform("x", 0, 1));

    [Fact]
    public void At_a_rung_the_best_share_goes_on()
    {
        var pruner = new SuccessiveHalving { MinResource = 2, ReductionFactor = 3 };
        TrialRecord[] others = [.. Enumerable.Range(0, 8).Select(i => Trial(i, (1, i), (2, i), (6, i)))];

        // Of nine, three go on: those of at most two better ones.
        Assert.False(pruner.ShouldPrune(Trial(9, (2, 1.5)), others));
        Assert.True(pruner.ShouldPrune(Trial(9, (2, 2.5)), others));
        Assert.False(pruner.ShouldPrune(Trial(9, (2, 2)), others));

        // Where there is no rung, nobody is judged; nor twice at one.
        Assert.False(pruner.ShouldPrune(Trial(9, (1, 99)), others));
        Assert.False(pruner.ShouldPrune(Trial(9, (2, 0), (3, 99)), others));
        Assert.True(pruner.ShouldPrune(Trial(9, (2, 0), (3, 99), (6, 99)), others));

        // A report after a rung stands for it, at the trial and at the others.
        Assert.True(pruner.ShouldPrune(Trial(9, (3, 2.5)), others));
        Assert.True(pruner.ShouldPrune(Trial(9, (2, 2.5)), [.. others.Select(other => Trial(other.Number, (5, other.Number)))]));
    }

    [Fact]
    public void The_first_at_a_rung_goes_on_and_nobody_is_waited_for()
    {
        var pruner = new SuccessiveHalving();
        Assert.False(pruner.ShouldPrune(Trial(0, (1, 5)), []));
        Assert.False(pruner.ShouldPrune(Trial(1, (1, 4)), [Trial(0, (1, 5))]));
        Assert.True(pruner.ShouldPrune(Trial(1, (1, 6)), [Trial(0, (1, 5))]));
        Assert.False(pruner.ShouldPrune(Trial(1, (1, 6)), [new TrialRecord(0, Space.Walk(_ => ParameterValue.Of(0)))]));
    }

    [Fact]
    public void A_study_spends_most_epochs_on_the_best()
    {
        var study = new Study(Space) { Sampler = new RandomSampler(), Pruner = new SuccessiveHalving() };
        int epochs = 0;
        var result = study.Run(
            trial =>
            {
                for (int epoch = 1; epoch <= 27; epoch++)
                {
                    epochs++;
                    if (trial.Report(epoch, trial.Parameters.Number("x") + (1.0 / epoch)))
                    {
                        return double.NaN;
                    }
                }

                return trial.Parameters.Number("x");
            },
            new() { Trials = 100 });

        // All trials to their ends would be 2700.
        Assert.InRange(epochs, 100, 1000);
        Assert.Equal(result.Trials.Min(trial => trial.Parameters.Number("x")), result.Best!.Value);
        Assert.True(result.Trials.Count(trial => trial.State == TrialState.Pruned) > 60);
        Assert.All(result.Trials.Where(trial => trial.State == TrialState.Pruned), trial => Assert.Contains(trial.Reports[^1].Step, new long[] { 1, 3, 9, 27 }));
        Assert.All(result.Trials.Where(trial => trial.State == TrialState.Pruned), trial => Assert.Null(trial.Value));
    }

    [Fact]
    public void A_wrong_option_is_refused()
    {
        Refused.With<ArgumentOutOfRangeException>("MinResource must be 1 or more, was 0.", () => new SuccessiveHalving { MinResource = 0 });
        Refused.With<ArgumentOutOfRangeException>("ReductionFactor must be 2 or more, was 1.", () => new SuccessiveHalving { ReductionFactor = 1 });
    }

    private static TrialRecord Trial(int number, params (long Step, double Value)[] reports) =>
        new(number, Space.Walk(_ => ParameterValue.Of(0))) { Reports = [.. reports.Select(report => new TrialReport(report.Step, report.Value))] };
}
