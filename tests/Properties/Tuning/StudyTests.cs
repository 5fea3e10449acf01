using Optim.Fingerprint;
using Optim.Properties.Checking;
using Optim.Tuning;
using Xunit;

namespace Optim.Properties.Tuning;

public class StudyTests
{
    private static readonly SearchSpace Space = SearchSpace.Of(SearchParameter.Uniform("x", -1, 1));
    private static readonly Study Plain = new(Space) { Sampler = new RandomSampler() };

    [Fact]
    public void Every_trial_is_recorded_once_whatever_became_of_it_on_any_number_of_workers()
    {
        foreach (int workers in (int[])[1, 2, 5])
        {
            var told = new List<TrialRecord>();
            var result = Plain.Run(
                trial => (trial.Number % 4) switch
                {
                    0 => trial.Parameters.Number("x"),
                    1 => double.NaN,
                    2 => throw new InvalidOperationException("no luck"),
                    _ => trial.Report(1, double.PositiveInfinity) ? 5 : 6,
                },
                new() { Trials = 23, Workers = workers, Progress = progress => told.Add(progress.Latest) });
            Assert.Equal(StudyEnd.Finished, result.End);
            Assert.Equal(Enumerable.Range(0, 23), result.Trials.Select(trial => trial.Number));
            Assert.All(result.Trials, trial => Assert.Equal(
                (trial.Number % 4) switch { 0 => (TrialState.Complete, ""), 1 => (TrialState.Failed, "diverged: the value was NaN"), 2 => (TrialState.Failed, "InvalidOperationException: no luck"), _ => (TrialState.Failed, "diverged: the value at step 1 was Infinity") },
                (trial.State, trial.Message)));
            Assert.Equal(result.Trials.Where(trial => trial.Number % 4 == 0).Min(trial => trial.Value), result.Best!.Value);
            Assert.Equal(23, told.Count(trial => trial.State == TrialState.Running && trial.Reports.Count == 0));
            Assert.Equal(23, told.Count(trial => trial.State != TrialState.Running));
        }
    }

    [Fact]
    public void With_one_worker_a_study_is_a_function_of_its_seed()
    {
        Assert.Equal(Lines(1), Lines(1));
        Assert.NotEqual(Lines(1), Lines(2));

        static string[] Lines(long seed) =>
            [.. (StudyLoop.Study with { Seed = seed }).Run(trial => StudyLoop.Objective(trial, 0), new() { Trials = 30 }).Trials.Select(StudyLoop.Line)];
    }

    [Fact]
    public void Known_settings_are_tried_first_and_the_sampler_learns_from_them()
    {
        Assignment[] known = [At(0.5), At(-0.25)];
        var study = (Plain with { Sampler = new TpeSampler { StartupTrials = 2 } }).WithFirst(known);
        var (two, none) = (Tried(study), Tried(study.WithFirst()));
        Assert.Equal(known, two[..2]);
        Assert.NotEqual(none[2..], two[2..]);
        Assert.NotEqual(known, none[..2]);
        Assert.Equal(study, study.WithFirst(known));
        Refused.With<ArgumentException>("y", () => study.WithFirst(SearchSpace.Of(SearchParameter.Uniform("y", -1, 1)).Assign(new Dictionary<string, ParameterValue> { ["y"] = ParameterValue.Of(0) })));

        static Assignment At(double x) => Space.Assign(new Dictionary<string, ParameterValue> { ["x"] = ParameterValue.Of(x) });

        static Assignment[] Tried(Study study) =>
            [.. study.Run(trial => Math.Abs(trial.Parameters.Number("x")), new() { Trials = 6 }).Trials.Select(trial => trial.Parameters)];
    }

    [Fact]
    public void A_cancelled_study_keeps_what_has_ended_and_says_so()
    {
        using var cancel = new CancellationTokenSource();
        var result = Plain.Run(
            trial =>
            {
                if (trial.Number == 5)
                {
                    cancel.Cancel();
                    trial.Cancellation.ThrowIfCancellationRequested();
                }

                return 1;
            },
            new() { Trials = 20 }, cancel.Token);
        Assert.Equal((StudyEnd.Cancelled, 5), (result.End, result.Trials.Count));
    }

    [Fact]
    public void A_study_ends_when_its_time_is_up()
    {
        var result = Plain.Run(
            trial => trial.Number < 3 ? 0 : trial.Cancellation.WaitHandle.WaitOne() ? throw new OperationCanceledException(trial.Cancellation) : 0,
            new() { Trials = 20, Timeout = TimeSpan.FromMilliseconds(300) });
        Assert.Equal((StudyEnd.TimedOut, 3), (result.End, result.Trials.Count));
    }

    [Fact]
    public void Progress_counts_what_has_ended_and_knows_the_best()
    {
        var seen = new List<StudyProgress>();
        var result = Plain.Run(trial => trial.Number == 1 ? double.NaN : trial.Parameters.Number("x"), new() { Trials = 6, Progress = seen.Add });
        Assert.Equal((6, 1, 0, 6), (seen[^1].Ended, seen[^1].Failed, seen[^1].Pruned, seen[^1].Trials));
        Assert.Equal(result.Best, seen[^1].Best);
        Assert.Null(seen[0].Best);
        Assert.Null(seen[0].Left);
        Assert.Equal(TimeSpan.Zero, seen[^1].Left);
        Assert.True(seen[1].Left > TimeSpan.Zero);
    }

    [Fact]
    public void What_goes_wrong_beside_the_trials_ends_the_study()
    {
        Refused.With<InvalidDataException>("mine", () => Plain.Run(_ => 1, new() { Workers = 3, Progress = _ => throw new InvalidDataException("mine") }));
        Refused.With<InvalidDataException>("mine", () => Plain.Run(
            trial => trial.Report(1, 1) ? 0 : 1, new() { Progress = p => _ = p.Latest.Reports.Count == 1 ? throw new InvalidDataException("mine") : 0 }));
    }

    [Fact]
    public void Notes_are_kept_the_last_of_each_name()
    {
        var trial = Plain.Run(
            trial =>
            {
                trial.Note("accuracy", 0.5);
                trial.Note("images", 7);
                trial.Note("accuracy", 0.75);
                return 1;
            },
            new() { Trials = 1 }).Trials[0];
        Assert.Equal([new("accuracy", 0.75), new("images", 7)], trial.Notes);
        Assert.Equal((0.75, null), (trial.Note("accuracy"), trial.Note("loss")));
        Assert.Contains("accuracy must be finite, was NaN.", Plain.Run(
            other =>
            {
                other.Note("accuracy", double.NaN);
                return 1;
            },
            new() { Trials = 1 }).Trials[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reports_go_forward()
    {
        string message = Plain.Run(trial => trial.Report(2, 1) || trial.Report(2, 1) ? 0 : 1, new() { Trials = 1 }).Trials[0].Message;
        Assert.Contains("A trial must report ever later steps, from 1 on; reported 2 after 2.", message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_best_first_are_the_complete_then_the_pruned_by_how_far_they_came_then_the_failed()
    {
        var parameters = Space.Walk(_ => ParameterValue.Of(0));
        TrialRecord[] trials =
        [
            new(0, parameters) { State = TrialState.Failed }, new(1, parameters) { State = TrialState.Pruned, Reports = [new(1, 0)] },
            new(2, parameters) { State = TrialState.Complete, Value = 3 }, new(3, parameters) { State = TrialState.Pruned, Reports = [new(1, 0), new(3, 9)] },
            new(4, parameters) { State = TrialState.Complete, Value = 2 }, new(5, parameters) { State = TrialState.Pruned, Reports = [new(3, 8)] }, new(6, parameters),
        ];
        Assert.Equal([4, 2, 5, 3, 1, 0], Ranking.BestFirst(trials).Select(trial => trial.Number));
    }

    [Fact]
    public void A_wrong_option_is_refused()
    {
        Refused.With<ArgumentOutOfRangeException>("Trials must be 1 or more, was 0.", () => new StudyOptions { Trials = 0 });
        Refused.With<ArgumentOutOfRangeException>("Workers must be 1 or more, was 0.", () => new StudyOptions { Workers = 0 });
        Refused.With<ArgumentOutOfRangeException>("Timeout must be more than 0, was 00:00:00.", () => new StudyOptions { Timeout = TimeSpan.Zero });
    }
}
