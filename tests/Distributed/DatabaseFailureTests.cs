using System.Data.Common;
using Optim.Tuning;
using Xunit;

namespace Optim.Distributed.Tests;

/// <summary>A database that is away for a moment or for good, and what else throws within a study: no trial fails for it, and everyone learns what it was.</summary>
public sealed class DatabaseFailureTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private static readonly TimeSpan Slow = TimeSpan.FromMinutes(1);

    private static Study Search => new(SearchSpace.Of(SearchParameter.LogUniform("rate", 1e-4, 1))) { Objective = "a bowl" };

    [PostgresFact]
    public void A_database_that_is_away_for_a_moment_fails_no_trial()
    {
        using var source = server.Open();
        using var flaky = new FlakySource(source) { Fails = call => call > 1 && call % 3 != 0 ? new Hiccup(isTransient: true) : null };
        var result = Search.Run(
            trial =>
            {
                trial.Report(1, 2);
                return 1;
            },
            new() { Trials = 4, Connection = flaky, Name = "flaky", Heartbeat = TimeSpan.FromSeconds(5) });
        Assert.Equal(StudyEnd.Finished, result.End);
        Assert.All(result.Trials, trial => Assert.Equal((TrialState.Complete, 1.0, 1), (trial.State, trial.Value!.Value, trial.Reports.Count)));
    }

    [PostgresFact]
    public void A_report_or_a_result_that_cannot_be_recorded_ends_the_study_and_fails_no_trial()
    {
        using var source = server.Open();
        foreach (var (name, call, swallows) in ((string, int, bool)[])[("report", 3, false), ("swallowed", 3, true), ("result", 4, false)])
        {
            using var flaky = new FlakySource(source) { Fails = number => number >= call ? new Hiccup(isTransient: false) : null };
            var error = Assert.Throws<StudyFileException>(() => Search.Run(
                trial =>
                {
                    try
                    {
                        trial.Report(1, 2);
                    }
                    catch (StudyFileException) when (swallows)
                    {
                        // As an objective may that catches whatever comes.
                    }

                    return 1;
                },
                new() { Trials = 2, Connection = flaky, Name = name, Heartbeat = Slow }));
            Assert.Equal($"The study '{name}' cannot be used in the database: a hiccup", error.Message);
            using var later = SharedStudy.Join(source, name, Slow, Search);
            Assert.Equal([TrialState.Running], later.All.Select(trial => trial.State));
        }
    }

    [PostgresFact]
    public void Whoever_waits_for_a_database_that_is_away_can_be_cancelled()
    {
        using var source = server.Open();
        foreach (var (name, call) in ((string, int)[])[("begins", 2), ("reports", 3), ("ends", 4)])
        {
            using var cancelled = new CancellationTokenSource();
            using var flaky = new FlakySource(source)
            {
                Fails = number =>
                {
                    if (number >= call)
                    {
                        cancelled.CancelAfter(50);
                        return new Hiccup(isTransient: true);
                    }

                    return null;
                },
            };
            long begun = System.Diagnostics.Stopwatch.GetTimestamp();
            var result = Search.Run(
                trial =>
                {
                    trial.Report(1, 2);
                    return 1;
                },
                new() { Trials = 4, Workers = 2, Connection = flaky, Name = name, Heartbeat = Slow },
                cancelled.Token);
            Assert.Equal(StudyEnd.Cancelled, result.End);

            // A minute is the heartbeat: it would have been tried for six.
            Assert.InRange(System.Diagnostics.Stopwatch.GetElapsedTime(begun), TimeSpan.Zero, TimeSpan.FromSeconds(45));
        }
    }

    [PostgresFact]
    public void What_a_sampler_throws_is_its_own()
    {
        using var source = server.Open();
        var thrown = new InvalidOperationException("no idea");
        Assert.Same(thrown, Assert.Throws<InvalidOperationException>(() => (Search with { Sampler = new Puzzled(thrown) }).Run(_ => 1, new() { Trials = 2, Connection = source, Name = "sampler", Heartbeat = Slow })));
    }

    [PostgresFact]
    public void Whatever_a_heartbeat_meets_it_ends_nothing()
    {
        using var source = server.Open();
        using var flaky = new FlakySource(source);
        var study = SharedStudy.Join(flaky, "beats", TimeSpan.FromMilliseconds(5), Search);
        int calls = flaky.Calls;
        flaky.Fails = _ => new NotImplementedException("a driver's own");
        while (flaky.Calls < calls + 5)
        {
            Thread.Sleep(1);
        }

        study.Dispose();
    }

    private sealed record Puzzled(Exception Thrown) : Sampler
    {
        private protected override Assignment Propose(SearchSpace space, IReadOnlyList<TrialRecord> history, Draws draws) => throw Thrown;
    }

    private sealed class Hiccup(bool isTransient) : DbException("a hiccup")
    {
        public override bool IsTransient => isTransient;
    }

    /// <summary>A database to which some connections fail.</summary>
    private sealed class FlakySource(DbDataSource inner) : DbDataSource
    {
        private int calls;

        public Func<int, Exception?>? Fails { get; set; }

        public int Calls => Volatile.Read(ref calls);

        public override string ConnectionString => inner.ConnectionString;

        protected override DbConnection CreateDbConnection() => inner.CreateConnection();

        protected override DbConnection OpenDbConnection() => Fails?.Invoke(Interlocked.Increment(ref calls)) is { } failure ? throw failure : inner.OpenConnection();
    }
}
