using Npgsql;
using Optim.Tuning;
using Xunit;

namespace Optim.Distributed.Tests;

/// <summary>Workers that fall silent: no trial is lost, and none run by two that both are heard.</summary>
public sealed class TakeoverTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private static readonly SearchSpace Space = SearchSpace.Of(SearchParameter.LogUniform("rate", 1e-4, 1));

    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(20), Slow = TimeSpan.FromMinutes(1);

    private static Study Search => new(Space) { Objective = "a bowl" };

    private static Proposals Proposals => new(Search);

    [PostgresFact]
    public void What_a_worker_says_of_a_trial_that_another_has_taken_over_is_refused()
    {
        using var source = server.Open();
        var silent = SharedStudy.Join(source, "refused", Slow, Search);
        var first = silent.Begin(5, Proposals).Begun!;
        Assert.Null(silent.Report(first, first.Trial with { Reports = [new(1, 3)] }));
        silent.Dispose();
        using var other = SharedStudy.Join(source, "refused", Quick, Search);
        var second = TakenOver(other);
        Assert.Equal((0, 2), (second.Trial.Number, second.Attempt));
        Assert.Empty(second.Trial.Reports);
        const string Refused = "another worker has taken the trial over, since this one gave no sign of life for 360 s: what it found is not recorded";
        Assert.Equal(Refused, silent.Report(first, first.Trial with { Reports = [new(1, 3), new(2, 3)] }));
        Assert.Equal(Refused, silent.End(first, Ended(first, 99)));
        Assert.Null(other.End(second, Ended(second, 1)));
        Assert.Equal(Refused, silent.End(first, Ended(first, 99)));
        Assert.Equal((TrialState.Complete, 1.0), (other.All[0].State, other.All[0].Value!.Value));
        Assert.Empty(other.All[0].Reports);
    }

    [PostgresFact]
    public void A_worker_is_told_by_its_progress_and_goes_on_with_other_trials()
    {
        using var source = server.Open();
        var latest = new List<TrialRecord>();
        bool stopped = false;
        var result = Search.Run(
            trial =>
            {
                if (trial.Number == 0)
                {
                    using var other = SharedStudy.Join(source, "told", Quick, Search);
                    Age(source, "told");
                    var taken = TakenOver(other);
                    stopped = trial.Report(1, 5);
                    other.End(taken, Ended(taken, 1));
                }

                return 7;
            },
            new() { Trials = 3, Connection = source, Name = "told", Heartbeat = Slow, Progress = progress => latest.Add(progress.Latest) });
        Assert.True(stopped);
        Assert.Equal([1, 7, 7], result.Trials.Select(trial => trial.Value));
        Assert.Contains(latest, trial => trial is { Number: 0, State: TrialState.Failed } && trial.Message.StartsWith("another worker has taken the trial over", StringComparison.Ordinal));
    }

    [PostgresFact]
    public void A_silent_workers_own_threads_do_not_take_over_its_trials()
    {
        using var source = server.Open();
        using var alone = SharedStudy.Join(source, "own", Slow, Search);
        var first = alone.Begin(5, Proposals).Begun!;
        Age(source, "own");
        var second = alone.Begin(5, Proposals).Begun!;
        Assert.Equal((0, 1), (first.Trial.Number, second.Trial.Number));

        // Another's is taken over from a process that was its second owner, while its first thread still runs it.
        using var other = SharedStudy.Join(source, "own", Slow, Search);
        Age(source, "own");
        var taken = other.Begin(5, Proposals).Begun!;
        Assert.Equal((0, 2), (taken.Trial.Number, taken.Attempt));
        Age(source, "own");
        var again = alone.Begin(5, Proposals).Begun!;
        Assert.Equal((0, 3), (again.Trial.Number, again.Attempt));
        Assert.NotNull(alone.End(first, Ended(first, 99)));
        Assert.NotNull(other.End(taken, Ended(taken, 98)));
        Assert.Null(alone.End(again, Ended(again, 1)));
        Assert.Equal(1, alone.All[0].Value);
    }

    [PostgresFact]
    public void A_trial_whose_workers_have_died_three_times_is_recorded_as_failed_and_the_last_is_refused()
    {
        using var source = server.Open();
        TrialClaim? claim = null;
        SharedStudy? last = null;
        for (int attempt = 1; attempt <= 3; attempt++)
        {
            last = SharedStudy.Join(source, "thrice", Slow, Search);
            claim = last.Begin(1, Proposals).Begun!;
            Assert.Equal(attempt, claim.Attempt);
            last.Dispose();
            Age(source, "thrice");
        }

        using var other = SharedStudy.Join(source, "thrice", Slow, Search);
        Assert.Equal((null, true), other.Begin(1, Proposals));
        Assert.Equal((TrialState.Failed, "its process died, each time it was tried"), (other.All[0].State, other.All[0].Message));
        Assert.NotNull(last!.End(claim!, Ended(claim!, 1)));
        Assert.Equal(TrialState.Failed, last.All[0].State);
    }

    [PostgresFact]
    public async Task A_trial_that_had_to_wait_for_its_beginning_is_young()
    {
        using var source = server.Open();
        using var study = SharedStudy.Join(source, "waited", Slow, Search);
        using var connection = source.OpenConnection();
        Task<TrialClaim> begun;
        using (var holds = connection.BeginTransaction())
        {
            Scalar(connection, "SELECT 1 FROM optim_study WHERE study = 'waited' AND key = 'format' FOR UPDATE");
            begun = Task.Run(() => study.Begin(1, Proposals).Begun!);
            while ((long)Scalar(connection, "SELECT count(*) FROM pg_locks WHERE NOT granted")! == 0)
            {
                Thread.Sleep(1);
            }

            Scalar(connection, "CREATE TABLE released AS SELECT clock_timestamp() AS at");
            holds.Commit();
        }

        Assert.Equal(0, (await begun).Trial.Number);
        Assert.True((bool)Scalar(connection, "SELECT heartbeat >= at FROM optim_trials, released WHERE study = 'waited'")!);
    }

    [PostgresFact]
    public void An_answer_that_was_lost_is_found_again()
    {
        using var source = server.Open();
        using var study = SharedStudy.Join(source, "lost", Slow, Search);
        var first = study.Begin(3, Proposals).Begun!;
        Assert.Null(study.End(first, Ended(first, 1)));
        Assert.Null(study.End(first, Ended(first, 1)));
        Assert.Equal([new TrialNote("twice", 2)], study.All[0].Notes);

        // A trial begun whose commit was not heard of.
        using (var command = source.CreateCommand("INSERT INTO optim_trials SELECT study, 1, 'running', parameters, NULL, '', 0, worker, clock_timestamp(), 1 FROM optim_trials WHERE study = 'lost'"))
        {
            command.ExecuteNonQuery();
        }

        Assert.Equal(1, study.Begin(3, Proposals).Begun!.Trial.Number);
        Assert.Equal(2, study.Begin(3, Proposals).Begun!.Trial.Number);
    }

    private static TrialRecord Ended(TrialClaim claim, double value) => claim.Trial with { State = TrialState.Complete, Value = value, Notes = [new("twice", 2)] };

    private static TrialClaim TakenOver(SharedStudy study)
    {
        while (true)
        {
            if (study.Begin(1, Proposals).Begun is { } claim)
            {
                return claim;
            }

            Thread.Sleep(1);
        }
    }

    /// <summary>As if an hour had gone by in which no worker gave a sign of life.</summary>
    private static void Age(NpgsqlDataSource source, string study)
    {
        using var command = source.CreateCommand("UPDATE optim_trials SET heartbeat = heartbeat - interval '1 hour' WHERE study = $1");
        command.Parameters.Add(new() { Value = study });
        command.ExecuteNonQuery();
    }

    private static object? Scalar(NpgsqlConnection connection, string text)
    {
        using var command = new NpgsqlCommand(text, connection);
        return command.ExecuteScalar();
    }
}
