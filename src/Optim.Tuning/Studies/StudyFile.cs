using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Optim.Tuning;

/// <summary>A study's trials in a SQLite file: if the process is killed at any instant, no finished trial is lost.</summary>
/// <remarks>
/// Format 1: table <c>study(key, value)</c> with the study's settings, <c>trials(number, state, parameters, value, message, seconds)</c>, the parameters as JSON, and
/// <c>reports(trial, step, value)</c>, <c>notes(trial, name, value)</c>. A trial is written when it begins, and with its reports when it ends, each in one transaction with a write-ahead log that is flushed to disk.
/// Unfinished trials are run again, with the same numbers and parameters. Only one process can open the file at a time.
/// </remarks>
public sealed class StudyFile : IDisposable
{
    private const string Format = "1", None = "none";
    private const int Busy = 5, Locked = 6, NotADatabase = 26, Corrupt = 11, NoSuchTable = 1;

    private readonly SqliteConnection connection;
    private readonly string path;

    private StudyFile(SqliteConnection connection, string path, IReadOnlyList<TrialRecord> trials)
    {
        this.connection = connection;
        this.path = path;
        Trials = trials;
    }

    /// <summary>The file's trials when opened, by number; those marked as running did not finish.</summary>
    public IReadOnlyList<TrialRecord> Trials { get; }

    /// <summary>Opens or creates a study's file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="study">The study.</param>
    /// <exception cref="StudyFileException">The file belongs to another study (the message names what differs), is not a study's, is damaged, in use, or cannot be read or written.</exception>
    public static StudyFile Open(string path, Study study)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(study);
        if (path == ":memory:" || path.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
        {
            throw new StudyFileException($"A study's file must be the path of a file, was '{path}'; without a file a study is kept in memory.");
        }

        return Guarded(path, () =>
        {
            var connection = Connect(path);
            try
            {
                Prepare(connection, path, study);
                return new StudyFile(connection, path, TrialTable.Read(connection, study.Space));
            }
            catch (Exception e)
            {
                connection.Dispose();
                if (e is InvalidCastException or FormatException or OverflowException or ArgumentException or InvalidOperationException)
                {
                    throw new StudyFileException($"{path} is damaged: {e.Message}", e);
                }

                throw;
            }
        });
    }

    /// <summary>Closes and releases the file.</summary>
    public void Dispose() => connection.Dispose();

    internal void Begin(TrialRecord trial) => Guarded(path, () =>
    {
        TrialTable.Insert(connection, trial);
        return 0;
    });

    internal void End(TrialRecord trial) => Guarded(path, () =>
    {
        using var transaction = connection.BeginTransaction();
        TrialTable.Update(connection, trial);
        transaction.Commit();
        return 0;
    });

    private static SqliteConnection Connect(string path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.GetFullPath(path), Pooling = false, DefaultTimeout = 1 }.ToString());
        try
        {
            connection.Open();

            // Before the write-ahead log is begun: it is then this process's alone, until it ends in whatever way.
            Sql.Run(connection, "PRAGMA locking_mode = EXCLUSIVE");
            Sql.Run(connection, "PRAGMA journal_mode = WAL");
            Sql.Run(connection, "PRAGMA synchronous = FULL");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static void Prepare(SqliteConnection connection, string path, Study study)
    {
        using var transaction = connection.BeginTransaction();
        var tables = Sql.Query(connection, "SELECT name FROM sqlite_master WHERE type = 'table'", row => row.GetString(0));
        var now = Facts(study);
        if (tables.Count == 0)
        {
            Sql.Run(connection, "CREATE TABLE study (key TEXT PRIMARY KEY, value TEXT NOT NULL)");
            TrialTable.Create(connection);
            foreach (var (key, _, value) in now)
            {
                Sql.Run(connection, "INSERT INTO study VALUES ($key, $value)", ("$key", key), ("$value", value));
            }
        }
        else if (!tables.Contains("study"))
        {
            throw new StudyFileException($"{path} must be a study's file, was another database, with the tables {string.Join(", ", tables)}.");
        }
        else
        {
            var then = Sql.Query(connection, "SELECT key, value FROM study", row => (Key: row.GetString(0), Value: row.GetString(1))).ToDictionary(row => row.Key, row => row.Value);
            RequireSame(path, then, now);
        }

        transaction.Commit();
    }

    private static List<(string Key, string Title, string Value)> Facts(Study study) =>
    [
        ("format", "format", Format),
        ("space", "search space", study.Space.ToString()),
        ("objective", "objective", study.Objective),
        ("first", "list of first trials", study.First.Count == 0 ? None : string.Join('\n', study.First.Select(AssignmentJson.Write))),
        ("seed", "seed", study.Seed.ToString(CultureInfo.InvariantCulture)),
        ("sampler", "sampler", Text(study.Sampler)),
        ("pruner", "pruner", Text(study.Pruner)),

        // Absent in files from before there were others.
        ("direction", "direction", study.Direction == StudyDirection.Minimize ? None : study.Direction.ToString()),
        ("goals", "list of goals", study.Goals.Count == 0 ? None : string.Join('\n', study.Goals.Select(Text))),
    ];

    private static string Text(object strategy)
    {
        // The compiler's text of a record, which formats with the current culture.
        var culture = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        try
        {
            return strategy.ToString()!;
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    private static void RequireSame(string path, Dictionary<string, string> then, List<(string Key, string Title, string Value)> now)
    {
        foreach (var (key, title, value) in now)
        {
            string before = then.GetValueOrDefault(key, None);
            if (before == value)
            {
                continue;
            }

            string difference = key == "space"
                ? string.Join("; ", before.Split('\n').Except(value.Split('\n')).Select(line => $"there '{line}'")
                    .Concat(value.Split('\n').Except(before.Split('\n')).Select(line => $"here '{line}'")).DefaultIfEmpty("the order"))
                : $"there '{before}', here '{value}'";
            throw new StudyFileException($"{path} holds a study with another {title}: {difference}. Go on with what it was begun with, or name another file.");
        }
    }

    private static T Guarded<T>(string path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (SqliteException e)
        {
            throw new StudyFileException(
                e.SqliteErrorCode switch
                {
                    Busy or Locked => $"{path} is in use by another process; a study's file is for one at a time.",
                    NotADatabase => $"{path} must be a study's file, was no SQLite database.",
                    Corrupt or NoSuchTable => $"{path} is damaged: {e.Message}",
                    _ => $"{path} cannot be used as a study's file: {e.Message}",
                },
                e);
        }
        catch (Exception e) when (e is (IOException and not StudyFileException) or UnauthorizedAccessException)
        {
            throw new StudyFileException($"{path} cannot be used as a study's file: {e.Message}", e);
        }
    }
}
