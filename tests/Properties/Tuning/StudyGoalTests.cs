using Optim.CSharp;
using Optim.Properties.Checkpoints;
using Optim.Tuning;
using Xunit;

namespace Optim.Properties.Tuning;

/// <summary>Directions, goals, grids, constants, exhausted spaces, and a trainer as a trial.</summary>
public class StudyGoalTests
{
    private static readonly SearchSpace Rates = SearchSpace.Of(SearchParameter.LogUniform("rate", 1e-4, 1));

    [Fact]
    public void Maximizing_runs_the_trials_that_minimizing_the_negative_does()
    {
        var study = new Study(Rates) { Pruner = new SuccessiveHalving() };
        var low = study.Run(trial => Value(trial, 1), new() { Trials = 40 });
        var high = study.WithDirection(StudyDirection.Maximize).Run(trial => Value(trial, -1), new() { Trials = 40 });
        Assert.Equal(low.Trials.Select(trial => trial.Parameters), high.Trials.Select(trial => trial.Parameters));
        Assert.Equal(low.Trials.Select(trial => (trial.State, trial.Value)), high.Trials.Select(trial => (trial.State, -trial.Value)));
        Assert.Equal(low.BestFirst.Select(trial => trial.Number), high.BestFirst.Select(trial => trial.Number));
        Assert.Equal(high.Trials.Max(trial => trial.Value), high.Best!.Value);
        Assert.Equal(low.Importance(), high.Importance());

        static double Value(Trial trial, double sign)
        {
            double distance = Math.Abs(Math.Log10(trial.Parameters.Number("rate")) + 2);
            for (int step = 1; step <= 9 && !trial.Report(step, sign * (distance + (1.0 / step))); step++)
            {
            }

            return sign * distance;
        }
    }

    [Fact]
    public void The_front_of_several_goals_is_what_no_trial_beats_and_the_search_finds_more_of_it_than_chance()
    {
        // Both are best on the line from (0, 0.5) to (1, 0.5): x = 0 for the first, 1 for the second.
        var space = SearchSpace.Of(SearchParameter.Uniform("x", 0, 1), SearchParameter.Uniform("y", 0, 1));
        StudyResult Run(Sampler sampler, long seed) => new Study(space) { Sampler = sampler, Goals = [new("gain", StudyDirection.Maximize)], Seed = seed }.Run(
            trial =>
            {
                double x = trial.Parameters.Number("x"), off = Math.Abs(trial.Parameters.Number("y") - 0.5);
                trial.Note("gain", x - off);
                return x + off;
            },
            new() { Trials = 60 });

        var result = Run(new TpeSampler(), 1);
        (double Loss, double Gain)[] all = [.. result.Trials.Select(trial => (trial.Value!.Value, trial.Note("gain")!.Value))];
        var front = result.Front.Select(trial => (trial.Value!.Value, trial.Note("gain")!.Value)).ToList();
        Assert.Equal(all.Where(one => !all.Any(other => other.Loss <= one.Loss && other.Gain >= one.Gain && other != one)), front);
        Assert.Contains(result.Best, result.Front);
        double Distance(Sampler sampler) => Enumerable.Range(1, 8).Average(seed => Run(sampler, seed).Trials.Skip(20).Average(trial => Math.Abs(trial.Parameters.Number("y") - 0.5)));
        Assert.True(Distance(new TpeSampler()) < 0.6 * Distance(new RandomSampler()));
    }

    [Fact]
    public void A_grid_is_tried_point_by_point_and_then_the_study_ends()
    {
        var space = SearchSpace.Of(
            SearchParameter.Categorical("kind", "a", "b"), SearchParameter.LogUniform("rate", 0.001, 0.1).When("kind", "a"), SearchParameter.Integer("width", 2, 3), SearchParameter.Uniform("fixed", 0.5, 0.5));
        var result = new Study(space) { Sampler = new GridSampler { Points = 3 } }.Run(trial => trial.Number, new() { Trials = 100 });
        Assert.Equal(StudyEnd.Exhausted, result.End);
        Assert.Equal(
            ["kind a, rate 0.001, width 2, fixed 0.5", "kind a, rate 0.001, width 3, fixed 0.5", "kind a, rate 0.01, width 2, fixed 0.5", "kind a, rate 0.01, width 3, fixed 0.5",
             "kind a, rate 0.1, width 2, fixed 0.5", "kind a, rate 0.1, width 3, fixed 0.5", "kind b, width 2, fixed 0.5", "kind b, width 3, fixed 0.5"],
            result.Trials.Select(trial => string.Join(", ", trial.Parameters.Select(pair => pair.Key + " " + (pair.Value.Choice ?? double.Round(pair.Value.Number, 12).ToString(System.Globalization.CultureInfo.InvariantCulture))))));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_space_of_choices_and_integers_is_tried_once_each_and_a_killed_study_goes_on(int workers)
    {
        using TemporaryFolder folder = new();
        var space = SearchSpace.Of(SearchParameter.Categorical("kind", "a", "b", "c"), SearchParameter.Integer("n", 1, 7), SearchParameter.Integer("one", 4, 4));
        foreach (Sampler sampler in (Sampler[])[new TpeSampler(), new RandomSampler()])
        {
            var study = new Study(space) { Sampler = sampler };
            string file = folder[$"{sampler.GetType().Name}.db"];
            Assert.Equal(StudyEnd.Finished, study.Run(Value, new() { Trials = 9, Workers = workers, File = file }).End);
            var result = study.Run(Value, new() { Trials = 50, Workers = workers, File = file });
            Assert.Equal((StudyEnd.Exhausted, 21, 21), (result.End, result.Trials.Count, result.Trials.Select(trial => trial.Parameters).Distinct().Count()));
            Assert.All(result.Trials, trial => Assert.Equal(4, trial.Parameters.Integer("one")));
        }

        static double Value(Trial trial) => trial.Parameters.Integer("n") + (trial.Parameters.Choice("kind") == "b" ? 0 : 1);
    }

    [Fact]
    public void A_file_of_another_direction_or_of_other_goals_is_refused()
    {
        using TemporaryFolder folder = new();
        var study = new Study(Rates);
        study.Run(trial => trial.Number, new() { Trials = 2, File = folder["s.db"] });
        Assert.Contains("another direction", Assert.Throws<StudyFileException>(() => study.WithDirection(StudyDirection.Maximize).Run(_ => 0, new() { File = folder["s.db"] })).Message, StringComparison.Ordinal);
        Assert.Contains("another list of goals", Assert.Throws<StudyFileException>(() => study.WithGoals(new StudyGoal("s")).Run(_ => 0, new() { File = folder["s.db"] })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_constant_is_in_the_middle_of_its_range_and_bounds_out_of_order_are_refused()
    {
        var constant = SearchParameter.LogUniform("rate", 0.25, 0.25);
        Assert.Equal(0.5, constant.PositionOf(ParameterValue.Of(0.25)));
        Assert.True(constant.Contains(ParameterValue.Of(0.25)) && !constant.Contains(ParameterValue.Of(0.26)));
        Assert.Throws<ArgumentException>("low", () => SearchParameter.Uniform("rate", 0.3, 0.2));
    }

    [Fact]
    public void A_trainer_takes_a_pruner_reports_its_validations_and_ends_with_the_trial()
    {
        var study = new Study(Rates) { Pruner = new SuccessiveHalving() };
        List<(int Trial, TrainingEnd End, int Epochs, bool HasEnded)> ends = [];
        var result = study.Run(
            trial =>
            {
                var parameter = Parameter.Of("w", new double[] { 1 });
                using var optimizer = InPlaceOptimizer.Create(new Sgd { LearningRate = trial.Parameters.Number("rate") }, parameter);
                var pruner = new TrialPruner(trial);
                var trainer = new Trainer<double, int>(optimizer, _ =>
                {
                    parameter.Gradient.Span[0] = parameter.Values.Span[0];
                    return 0.5 * parameter.Values.Span[0] * parameter.Values.Span[0];
                })
                {
                    Options = new() { Epochs = 12, ValidateEvery = 2 }, Validate = () => Math.Abs(parameter.Values.Span[0]), Callbacks = [pruner],
                };
                var run = trainer.Run(_ => [0, 1], trial.Cancellation);
                ends.Add((trial.Number, run.End, run.Position.Epoch, pruner.HasEnded));
                return run.BestLoss;
            },
            new() { Trials = 20 });
        Assert.Contains(result.Trials, trial => trial.State == TrialState.Pruned);
        Assert.All(result.Trials.Zip(ends), pair =>
        {
            var (trial, end) = pair;
            bool pruned = trial.State == TrialState.Pruned;
            Assert.Equal(pruned ? TrainingEnd.StoppedByCallback : TrainingEnd.Completed, end.End);
            Assert.Equal(pruned, end.HasEnded);
            Assert.Equal(Enumerable.Range(1, trial.Reports.Count).Select(i => 2L * i), trial.Reports.Select(report => report.Step));
            Assert.Equal(end.Epochs, trial.Reports[^1].Step);
        });
    }
}
