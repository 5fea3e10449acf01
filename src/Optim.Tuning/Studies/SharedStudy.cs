using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.ExceptionServices;

namespace Optim.Tuning;

/// <summary>A study's trials in a PostgreSQL database, which many processes work on.</summary>
/// <remarks>
/// Who begins a trial holds the row of the study's format until it is committed, so that each sees the trials of all others, running ones included, and no number is given twice. A trial belongs to the process that has begun
/// it as long as that one renews its heartbeat, by the database's clock; then another process that comes takes it over, and what the first may still have to say is refused: it was another attempt. A trial whose processes have died three times is
/// recorded as failed. What the database refuses for the moment is tried again for as long as a process may be silent; whether a commit has come through is then seen by what is there.
/// </remarks>
internal sealed partial class SharedStudy : IStudyTrials, IDisposable
{
    private const int MostAttempts = 3, BeatsUntilDead = 6;

    private readonly DbDataSource source;
    private readonly string name;
    private readonly TimeSpan heartbeat;
    private readonly Study study;
    private readonly string worker = $"{Environment.MachineName}/{Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}/{Guid.NewGuid():N}";
    private readonly CancellationTokenSource ended = new();
    private readonly HashSet<(int Number, int Attempt)> held = [];
    private Thread? beating;

    private SharedStudy(DbDataSource source, string name, TimeSpan heartbeat, Study study) => (this.source, this.name, this.heartbeat, this.study) = (source, name, heartbeat, study);

    public IReadOnlyList<TrialRecord> All { get; private set; } = [];

    public TimeSpan Pause => TimeSpan.FromSeconds(Math.Min(heartbeat.TotalSeconds / 2, 1));

    /// <summary>Creates the study in the database, or joins it.</summary>
    /// <exception cref="StudyFileException">The study there is another one, or the database cannot be used.</exception>
    public static SharedStudy Join(DbDataSource source, string name, TimeSpan heartbeat, Study study)
    {
        var shared = new SharedStudy(source, name, heartbeat, study);
        shared.Transacted(connection =>
        {
            // Two that create the same tables at once would meet in the catalogue.
            Sql.Run(connection, "SELECT pg_advisory_xact_lock(7305031)");
            Sql.Run(connection, SharedTables.Create);
            var now = StudyFacts.Of(study);
            foreach (var (key, _, value) in now)
            {
                Sql.Run(connection, "INSERT INTO optim_study VALUES (@study, @key, @value) ON CONFLICT DO NOTHING", ("study", name), ("key", key), ("value", value));
            }

            var then = Sql.Query(connection, "SELECT key, value FROM optim_study WHERE study = @study", row => (Key: row.GetString(0), Value: row.GetString(1)), ("study", name))
                .ToDictionary(row => row.Key, row => row.Value, StringComparer.Ordinal);
            StudyFacts.RequireSame($"The study '{name}' of the database", then, now, "give it another name");
            shared.All = shared.Read(connection);
            return 0;
        });
        shared.beating = new(shared.Beat) { IsBackground = true, Name = "heartbeat of a study" };
        shared.beating.Start();
        return shared;
    }

    /// <summary>Takes over a trial whose process has died, or begins a new one; none is to come any more when all have ended.</summary>
    public (TrialClaim? Begun, bool IsOver) Begin(int trials, Proposals proposals, CancellationToken cancellation = default)
    {
        // What the sampler throws is its own, not an error of the database, whatever its type.
        ExceptionDispatchInfo? refused = null;
        var (all, claim) = Persistent(connection =>
        {
            Sql.Run(connection, "SELECT 1 FROM optim_study WHERE study = @study AND key = 'format' FOR UPDATE", ("study", name));
            Sql.Run(
                connection,
                "UPDATE optim_trials SET state = 'failed', worker = '', message = 'its process died, each time it was tried' WHERE study = @study AND state = 'running' AND attempts >= @most AND worker <> @worker AND heartbeat < clock_timestamp() - @dead * interval '1 second'",
                ("study", name), ("most", MostAttempts), ("worker", worker), ("dead", Silence.TotalSeconds));
            return Unanswered(connection) ?? TakenOver(connection) ?? New(connection, trials, Proposed);
        }, cancellation);
        refused?.Throw();
        All = all;
        if (claim is not null)
        {
            held.Add((claim.Trial.Number, claim.Attempt));
        }

        return (claim, claim is null && all.All(trial => trial.State != TrialState.Running));

        Assignment? Proposed(IReadOnlyList<TrialRecord> known, int number)
        {
            try
            {
                return proposals.Next(known, number);
            }
            catch (Exception e)
            {
                refused = ExceptionDispatchInfo.Capture(e);
                return null;
            }
        }
    }

    public string? Report(TrialClaim claim, TrialRecord now, CancellationToken cancellation = default)
    {
        (All, bool isHeard) = Persistent(connection =>
        {
            bool own = Sql.Query(
                connection, "SELECT 1 FROM optim_trials WHERE study = @study AND number = @number AND worker = @worker AND attempts = @attempt AND state = 'running' FOR UPDATE", row => row.GetInt32(0),
                ("study", name), ("number", claim.Trial.Number), ("worker", worker), ("attempt", claim.Attempt)).Count == 1;
            if (own)
            {
                Sql.Run(
                    connection, "INSERT INTO optim_reports VALUES (@study, @trial, @step, @value) ON CONFLICT DO NOTHING",
                    ("study", name), ("trial", claim.Trial.Number), ("step", now.Reports[^1].Step), ("value", now.Reports[^1].Value));
            }

            return (Read(connection), own);
        }, cancellation);
        return isHeard ? null : Lost;
    }

    public string? End(TrialClaim claim, TrialRecord ended, CancellationToken cancellation = default)
    {
        (All, bool isRecorded) = Persistent(connection =>
        {
            bool recorded = Record(connection, claim, ended);
            return (Read(connection), recorded);
        }, cancellation);
        held.Remove((claim.Trial.Number, claim.Attempt));
        return isRecorded ? null : Lost;
    }

    /// <summary>Leaves a trial to others at once. Where the database does not hear it, they wait until this process has been silent for long.</summary>
    public void Leave(TrialClaim claim)
    {
        held.Remove((claim.Trial.Number, claim.Attempt));
        try
        {
            Transacted(connection => Sql.Run(
                connection, "UPDATE optim_trials SET heartbeat = '-infinity', attempts = attempts - 1 WHERE study = @study AND number = @number AND worker = @worker AND attempts = @attempt AND state = 'running'",
                ("study", name), ("number", claim.Trial.Number), ("worker", worker), ("attempt", claim.Attempt)));
        }
        catch (StudyFileException)
        {
            // The study is being left: what it was left for says more.
        }
    }

    public void Dispose()
    {
        ended.Cancel();
        beating?.Join();
        ended.Dispose();
    }

    /// <summary>How long a process may give no sign of life.</summary>
    private TimeSpan Silence => heartbeat * BeatsUntilDead;

    private string Lost => FormattableString.Invariant($"another worker has taken the trial over, since this one gave no sign of life for {Silence.TotalSeconds} s: what it found is not recorded");

    private void Beat()
    {
        while (!ended.Token.WaitHandle.WaitOne(heartbeat))
        {
            try
            {
                Transacted(connection => Sql.Run(
                    connection, "UPDATE optim_trials SET heartbeat = clock_timestamp() WHERE study = @study AND worker = @worker AND state = 'running' AND heartbeat <> '-infinity'", ("study", name), ("worker", worker)));
            }
            catch (Exception)
            {
                // Whatever it is, it must not end the process, whose workers meet it themselves. The next one may come through; if none does, the trials are another's, and so are their results.
            }
        }
    }

    /// <summary>A trial that this process has begun without hearing of it: the answer to the commit was lost.</summary>
    private (IReadOnlyList<TrialRecord> All, TrialClaim? Begun)? Unanswered(DbConnection connection)
    {
        var own = Sql.Query(
            connection, "SELECT number, attempts FROM optim_trials WHERE study = @study AND state = 'running' AND worker = @worker AND heartbeat <> '-infinity' ORDER BY number",
            row => (Number: row.GetInt32(0), Attempt: row.GetInt32(1)), ("study", name), ("worker", worker));
        return own.Except(held).FirstOrDefault() is (_, > 0) found ? Claimed(connection, found.Number, found.Attempt) : null;
    }

    /// <summary>A trial whose process is silent, which is then this one's. One of this process is not: its thread still runs it.</summary>
    private (IReadOnlyList<TrialRecord> All, TrialClaim? Begun)? TakenOver(DbConnection connection)
    {
        var dead = Sql.Query(
            connection, "SELECT number, attempts FROM optim_trials WHERE study = @study AND state = 'running' AND worker <> @worker AND heartbeat < clock_timestamp() - @dead * interval '1 second' ORDER BY number LIMIT 1 FOR UPDATE",
            row => (Number: row.GetInt32(0), Attempts: row.GetInt32(1)), ("study", name), ("worker", worker), ("dead", Silence.TotalSeconds));
        if (dead is not [var orphan])
        {
            return null;
        }

        Sql.Run(
            connection, "UPDATE optim_trials SET worker = @worker, heartbeat = clock_timestamp(), attempts = attempts + 1 WHERE study = @study AND number = @number",
            ("worker", worker), ("study", name), ("number", orphan.Number));
        Sql.Run(connection, "DELETE FROM optim_reports WHERE study = @study AND trial = @number", ("study", name), ("number", orphan.Number));
        return Claimed(connection, orphan.Number, orphan.Attempts + 1);
    }

    private (IReadOnlyList<TrialRecord> All, TrialClaim? Begun) New(DbConnection connection, int trials, Func<IReadOnlyList<TrialRecord>, int, Assignment?> proposed)
    {
        var all = Read(connection);
        int next = all.Count == 0 ? 0 : all.Max(trial => trial.Number) + 1;
        if (all.Count >= trials || proposed(all, next) is not { } parameters)
        {
            return (all, null);
        }

        var record = new TrialRecord(next, parameters);
        Sql.Run(
            connection, "INSERT INTO optim_trials VALUES (@study, @number, 'running', @parameters, NULL, '', 0, @worker, clock_timestamp(), 1)",
            ("study", name), ("number", next), ("parameters", AssignmentJson.Write(record.Parameters)), ("worker", worker));
        return ([.. all, record], new(record));
    }

    private (IReadOnlyList<TrialRecord> All, TrialClaim? Begun) Claimed(DbConnection connection, int number, int attempt)
    {
        var all = Read(connection);
        return (all, new(all.Single(trial => trial.Number == number), attempt));
    }

    /// <summary>Whether the end of a trial is recorded, now or by an earlier call whose answer was lost; not where it is another's.</summary>
    private bool Record(DbConnection connection, TrialClaim claim, TrialRecord ended)
    {
        if (Sql.Run(
            connection, "UPDATE optim_trials SET state = @state, value = @value, message = @message, seconds = @seconds WHERE study = @study AND number = @number AND worker = @worker AND attempts = @attempt AND state = 'running'",
            ("state", TrialTable.Name(ended.State)), ("value", ended.Value), ("message", ended.Message), ("seconds", ended.Duration.TotalSeconds), ("study", name), ("number", ended.Number), ("worker", worker),
            ("attempt", claim.Attempt)) == 0)
        {
            return Sql.Query(
                connection, "SELECT 1 FROM optim_trials WHERE study = @study AND number = @number AND worker = @worker AND attempts = @attempt AND state <> 'running'", row => row.GetInt32(0),
                ("study", name), ("number", ended.Number), ("worker", worker), ("attempt", claim.Attempt)).Count == 1;
        }

        for (int i = 0; i < ended.Notes.Count; i++)
        {
            Sql.Run(
                connection, "INSERT INTO optim_notes VALUES (@study, @trial, @place, @name, @value)",
                ("study", name), ("trial", ended.Number), ("place", i), ("name", ended.Notes[i].Name), ("value", ended.Notes[i].Value));
        }

        return true;
    }

    private List<TrialRecord> Read(DbConnection connection)
    {
        var reports = Sql.Query(
            connection, "SELECT trial, step, value FROM optim_reports WHERE study = @study ORDER BY trial, step", row => (Trial: row.GetInt32(0), Report: new TrialReport(row.GetInt64(1), row.GetDouble(2))), ("study", name))
            .ToLookup(row => row.Trial, row => row.Report);
        var notes = Sql.Query(
            connection, "SELECT trial, name, value FROM optim_notes WHERE study = @study ORDER BY trial, place", row => (Trial: row.GetInt32(0), Note: new TrialNote(row.GetString(1), row.GetDouble(2))), ("study", name))
            .ToLookup(row => row.Trial, row => row.Note);
        return Sql.Query(
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
}
