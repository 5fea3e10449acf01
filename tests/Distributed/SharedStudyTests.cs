using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Optim.Tuning;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Distributed.Tests;

public sealed class SharedStudyTests(PostgresServer server, ITestOutputHelper log) : IClassFixture<PostgresServer>
{
    private static readonly SearchSpace Space = SearchSpace.Of(SearchParameter.LogUniform("rate", 1e-4, 1), SearchParameter.Categorical("kind", "a", "b"));

    private static Study Search => new(Space) { Objective = "a bowl" };

    [PostgresFact]
    public void Workers_that_share_a_study_run_each_trial_once()
    {
        using var source = server.Open();
        int evaluated = 0;
        StudyResult[] results = new StudyResult[4];
        Parallel.For(0, results.Length, new ParallelOptions { MaxDegreeOfParallelism = results.Length }, worker => results[worker] = Search.Run(
            trial =>
            {
                Interlocked.Increment(ref evaluated);
                trial.Report(1, Math.Abs(Math.Log10(trial.Parameters["rate"].Number) + 2) + 1);
                trial.Note("twice", 2 * trial.Number);
                return Math.Abs(Math.Log10(trial.Parameters["rate"].Number) + 2);
            },
            new() { Trials = 40, Connection = source, Name = "once", Workers = 2, Heartbeat = TimeSpan.FromSeconds(1) }));
        Assert.Equal(40, evaluated);
        Assert.All(results, result =>
        {
            Assert.Equal(StudyEnd.Finished, result.End);
            Assert.Equal(Enumerable.Range(0, 40), result.Trials.Select(trial => trial.Number));
            Assert.Equal(results[0].Trials, result.Trials);
            Assert.All(result.Trials, trial => Assert.Equal(2 * trial.Number, trial.Note("twice")));
        });
        Assert.Equal(40, results[0].Trials.Select(trial => trial.Parameters).Distinct().Count());
    }

    [PostgresFact]
    public void One_worker_runs_the_trials_of_a_study_in_memory()
    {
        using var source = server.Open();
        Assert.Equal(Run(new() { Trials = 25 }), Run(new() { Trials = 25, Connection = source, Name = "alone" }));

        static List<(Assignment, double?)> Run(StudyOptions options) =>
            [.. Search.Run(trial => Math.Sin(1000 * trial.Parameters["rate"].Number), options).Trials.Select(trial => (trial.Parameters, trial.Value))];
    }

    [PostgresFact]
    public void Another_study_of_that_name_and_a_server_that_is_not_there_are_refused()
    {
        using var source = server.Open();
        Search.Run(_ => 0, new() { Trials = 1, Connection = source, Name = "other" });
        Assert.Contains(
            "The study 'other' of the database holds a study with another objective: there 'a bowl', here 'a valley'",
            Assert.Throws<StudyFileException>(() => (Search with { Objective = "a valley" }).Run(_ => 0, new() { Trials = 1, Connection = source, Name = "other" })).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Search.Run(_ => 0, new() { Connection = source, File = "study.db" }));
        using var nowhere = NpgsqlDataSource.Create("Host=127.0.0.1;Port=1;Timeout=1");
        Assert.Contains("cannot be used in the database", Assert.Throws<StudyFileException>(() => Search.Run(_ => 0, new() { Connection = nowhere })).Message, StringComparison.Ordinal);
    }

    [PostgresSoakFact]
    public void Of_200_trials_by_eight_processes_of_which_three_are_killed_none_is_lost_and_none_doubled()
    {
        const int Trials = 200;
        List<Process> workers = [.. Enumerable.Range(0, 8).Select(_ => Process.Start(new ProcessStartInfo(
            Environment.ProcessPath!,
            [
                Path.Combine(AppContext.BaseDirectory, "optim.dll"), "tune", "--trials", Trials.ToString(CultureInfo.InvariantCulture), "--model", "svm", "--epochs", "4", "--folds", "1", "--threads", "1", "--finalists", "1", "--repeats", "1",
                "--quiet", "--study", $"{server.Address}?study=eight&heartbeat=1",
            ])
        { RedirectStandardOutput = true, RedirectStandardError = true })!)];
        using var source = server.Open();
        var random = new Random(3);
        for (int killed = 0; killed < 3; killed++)
        {
            // While there is much to do, in the midst of a trial.
            int before = 25 + (40 * killed);
            while (Count(source, "SELECT count(*) FROM optim_trials WHERE study = 'eight' AND state <> 'running'") < before)
            {
                Thread.Sleep(100);
            }

            Thread.Sleep(random.Next(300));
            string own = FormattableString.Invariant($"SELECT count(*) FROM optim_trials WHERE study = 'eight' AND state = 'running' AND worker LIKE '%/{workers[killed].Id}/%'");
            while (Count(source, own) == 0)
            {
                Thread.Sleep(1);
            }

            workers[killed].Kill();
            log.WriteLine($"killed a worker after {Count(source, "SELECT count(*) FROM optim_trials WHERE study = 'eight' AND state <> 'running'")} trials");
        }

        foreach (var worker in workers.Skip(3))
        {
            worker.StandardOutput.ReadToEnd();
            Assert.True(worker.WaitForExit(TimeSpan.FromMinutes(5)));
            Assert.Equal(0, worker.ExitCode);
        }

        workers.ForEach(worker => worker.Dispose());
        long retried = Count(source, "SELECT count(*) FROM optim_trials WHERE study = 'eight' AND attempts > 1");
        log.WriteLine(FormattableString.Invariant($"{Count(source, "SELECT count(*) FROM optim_trials WHERE study = 'eight'")} trials, {Count(source, "SELECT count(DISTINCT number) FROM optim_trials WHERE study = 'eight'")} numbers, {retried} run again after their worker's death, {Count(source, "SELECT count(DISTINCT worker) FROM optim_trials WHERE study = 'eight'")} workers"));
        Assert.Equal(Trials, Count(source, "SELECT count(*) FROM optim_trials WHERE study = 'eight' AND state IN ('complete', 'pruned')"));
        Assert.Equal(Trials, Count(source, "SELECT count(*) FROM optim_trials WHERE study = 'eight'"));
        Assert.Equal(Trials - 1, Count(source, "SELECT max(number) FROM optim_trials WHERE study = 'eight'"));
        Assert.InRange(retried, 1, 3);
    }

    private static long Count(NpgsqlDataSource source, string query)
    {
        using var command = source.CreateCommand(query);
        try
        {
            return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            return 0;
        }
    }
}
