using System.Data.Common;
using System.Globalization;

namespace Optim.Tuning;

/// <summary>A study's trials in a PostgreSQL database, which many processes work on.</summary>
/// <remarks>
/// Who begins a trial holds the row of the study's format until it is committed, so that each sees the trials of all others, running ones included, and no number is given twice. A trial belongs to the process that has begun
/// it as long as that one renews its heartbeat, by the database's clock; then whoever comes next takes it over, and what the first may still have to say is not heard. A trial whose processes have died three times is recorded as failed.
/// </remarks>
internal sealed class SharedStudy : IDisposable
{
    private const int MostAttempts = 3, BeatsUntilDead = 6;

    private readonly DbDataSource source;
    private readonly string name;
    private readonly TimeSpan heartbeat;
    private readonly Study study;
    private readonly string worker = $"{Environment.MachineName}/{Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}/{Guid.NewGuid():N}";
    private readonly CancellationTokenSource ended = new();
    private Thread? beating;

    private SharedStudy(DbDataSource source, string name, TimeSpan heartbeat, Study study) => (this.source, this.name, this.heartbeat, this.study) = (source, name, heartbeat, study);

    /// <summary>How long to wait before asking again whether there is a trial to take over.</summary>
    public TimeSpan Pause => TimeSpan.FromSeconds(Math.Min(heartbeat.TotalSeconds / 2, 1));

    /// <summary>Creates the study in the database, or joins it.</summary>
    /// <exception cref="StudyFileException">The study there is another one, or the database cannot be used.</exception>
    public static SharedStudy Join(DbDataSource source, string name, TimeSpan heartbeat, Study study)
    {
        var shared = new SharedStudy(source, name, heartbeat, study);
        shared.Transacted(connection =>
        {
            // Two that create the same tables at once would meet in the catalogue.
            SharedSql.Run(connection, "SELECT pg_advisory_xact_lock(7305031)");
            SharedSql.Run(connection, SharedSql.Tables);
            var now = StudyFacts.Of(study);
            foreach (var (key, _, value) in now)
            {
                SharedSql.Run(connection, "INSERT INTO optim_study VALUES (@study, @key, @value) ON CONFLICT DO NOTHING", ("study", name), ("key", key), ("value", value));
            }

            var then = SharedSql.Query(connection, "SELECT key, value FROM optim_study WHERE study = @study", row => (Key: row.GetString(0), Value: row.GetString(1)), ("study", name))
                .ToDictionary(row => row.Key, row => row.Value, StringComparer.Ordinal);
            StudyFacts.RequireSame($"The study '{name}' of the database", then, now, "give it another name");
            return 0;
        });
        shared.beating = new(shared.Beat) { IsBackground = true, Name = "heartbeat of a study" };
        shared.beating.Start();
        return shared;
    }

    /// <summary>Takes over a trial whose process has died, or begins a new one.</summary>
    /// <param name="trials">How many trials there are to be.</param>
    /// <param name="proposals">What a new trial tries.</param>
    /// <returns>All trials; the one begun, or null; and whether all have ended, of those that the space has.</returns>
    public (IReadOnlyList<TrialRecord> Trials, TrialRecord? Begun, bool IsOver) Begin(int trials, Proposals proposals) => Transacted(connection =>
    {
        SharedSql.Run(connection, "SELECT 1 FROM optim_study WHERE study = @study AND key = 'format' FOR UPDATE", ("study", name));
        SharedSql.Run(
            connection,
            "UPDATE optim_trials SET state = 'failed', message = 'its process died, each time it was tried' WHERE study = @study AND state = 'running' AND attempts >= @most AND heartbeat < now() - @dead * interval '1 second'",
            ("study", name), ("most", MostAttempts), ("dead", (heartbeat * BeatsUntilDead).TotalSeconds));
        var dead = SharedSql.Query(
            connection, "SELECT number FROM optim_trials WHERE study = @study AND state = 'running' AND heartbeat < now() - @dead * interval '1 second' ORDER BY number LIMIT 1",
            row => row.GetInt32(0), ("study", name), ("dead", (heartbeat * BeatsUntilDead).TotalSeconds));
        if (dead is [var orphan])
        {
            SharedSql.Run(connection, "UPDATE optim_trials SET worker = @worker, heartbeat = now(), attempts = attempts + 1 WHERE study = @study AND number = @number", ("worker", worker), ("study", name), ("number", orphan));
            SharedSql.Run(connection, "DELETE FROM optim_reports WHERE study = @study AND trial = @number", ("study", name), ("number", orphan));
            var taken = Read(connection);
            return ((IReadOnlyList<TrialRecord>)taken, (TrialRecord?)taken.Single(trial => trial.Number == orphan), false);
        }

        var all = Read(connection);
        int next = all.Count == 0 ? 0 : all.Max(trial => trial.Number) + 1;
        if (all.Count >= trials || proposals.Next(all, next) is not { } parameters)
        {
            return (all, null, all.TrueForAll(trial => trial.State != TrialState.Running));
        }

        var record = new TrialRecord(next, parameters);
        SharedSql.Run(
            connection, "INSERT INTO optim_trials VALUES (@study, @number, 'running', @parameters, NULL, '', 0, @worker, now(), 1)",
            ("study", name), ("number", next), ("parameters", AssignmentJson.Write(record.Parameters)), ("worker", worker));
        return ([.. all, record], record, false);
    });

    /// <summary>Records an intermediate report.</summary>
    /// <returns>All trials.</returns>
    public IReadOnlyList<TrialRecord> Report(int trial, TrialReport report) => Transacted(connection =>
    {
        SharedSql.Run(
            connection, "INSERT INTO optim_reports SELECT @study, @trial, @step, @value WHERE EXISTS (SELECT 1 FROM optim_trials WHERE study = @study AND number = @trial AND worker = @worker AND state = 'running') ON CONFLICT DO NOTHING",
            ("study", name), ("trial", trial), ("step", report.Step), ("value", report.Value), ("worker", worker));
        return Read(connection);
    });

    /// <summary>Records the end of a trial, unless another process has taken it over.</summary>
    /// <returns>All trials.</returns>
    public IReadOnlyList<TrialRecord> End(TrialRecord trial) => Transacted(connection =>
    {
        int owned = SharedSql.Run(
            connection, "UPDATE optim_trials SET state = @state, value = @value, message = @message, seconds = @seconds WHERE study = @study AND number = @number AND worker = @worker AND state = 'running'",
            ("state", TrialTable.Name(trial.State)), ("value", trial.Value), ("message", trial.Message), ("seconds", trial.Duration.TotalSeconds), ("study", name), ("number", trial.Number), ("worker", worker));
        for (int i = 0; owned == 1 && i < trial.Notes.Count; i++)
        {
            SharedSql.Run(
                connection, "INSERT INTO optim_notes VALUES (@study, @trial, @place, @name, @value)",
                ("study", name), ("trial", trial.Number), ("place", i), ("name", trial.Notes[i].Name), ("value", trial.Notes[i].Value));
        }

        return Read(connection);
    });

    /// <summary>Leaves a trial that was interrupted to others, at once.</summary>
    public void Leave(int trial) => Transacted(connection => SharedSql.Run(
        connection, "UPDATE optim_trials SET heartbeat = '-infinity', attempts = attempts - 1 WHERE study = @study AND number = @number AND worker = @worker AND state = 'running'",
        ("study", name), ("number", trial), ("worker", worker)));

    public void Dispose()
    {
        ended.Cancel();
        beating?.Join();
        ended.Dispose();
    }

    private void Beat()
    {
        while (!ended.Token.WaitHandle.WaitOne(heartbeat))
        {
            try
            {
                Transacted(connection => SharedSql.Run(
                    connection, "UPDATE optim_trials SET heartbeat = now() WHERE study = @study AND worker = @worker AND state = 'running' AND heartbeat <> '-infinity'", ("study", name), ("worker", worker)));
            }
            catch (StudyFileException)
            {
                // The next one may come through; if none does, the trials are another's, and so are their results.
            }
        }
    }

    private List<TrialRecord> Read(DbConnection connection)
    {
        var reports = SharedSql.Query(
            connection, "SELECT trial, step, value FROM optim_reports WHERE study = @study ORDER BY trial, step", row => (Trial: row.GetInt32(0), Report: new TrialReport(row.GetInt64(1), row.GetDouble(2))), ("study", name))
            .ToLookup(row => row.Trial, row => row.Report);
        var notes = SharedSql.Query(
            connection, "SELECT trial, name, value FROM optim_notes WHERE study = @study ORDER BY trial, place", row => (Trial: row.GetInt32(0), Note: new TrialNote(row.GetString(1), row.GetDouble(2))), ("study", name))
            .ToLookup(row => row.Trial, row => row.Note);
        return SharedSql.Query(
            connection, "SELECT number, parameters, state, value, message, seconds FROM optim_trials WHERE study = @study ORDER BY number",
            row => new TrialRecord(row.GetInt32(0), AssignmentJson.Read(row.GetString(1), study.Space))
            {
                State = Enum.GetValues<TrialState>().Single(state => TrialTable.Name(state) == row.GetString(2)),
                Value = row.IsDBNull(3) ? null : row.GetDouble(3),
                Message = row.GetString(4),
                Duration = TimeSpan.FromSeconds(row.GetDouble(5)),
                Reports = [.. reports[row.GetInt32(0)]],
                Notes = [.. notes[row.GetInt32(0)]],
            },
            ("study", name));
    }

    /// <summary>Runs statements in one transaction; what goes wrong is said as an error of the study.</summary>
    private T Transacted<T>(Func<DbConnection, T> statements)
    {
        try
        {
            using var connection = source.OpenConnection();
            using var transaction = connection.BeginTransaction();
            var result = statements(connection);
            transaction.Commit();
            return result;
        }
        catch (Exception e) when (e is DbException or InvalidCastException or FormatException or OverflowException or (ArgumentException and not ArgumentNullException) or TimeoutException)
        {
            throw new StudyFileException($"The study '{name}' cannot be used in the database: {e.Message}", e);
        }
    }
}
