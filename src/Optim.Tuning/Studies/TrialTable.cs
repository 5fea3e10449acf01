using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Optim.Tuning;

/// <summary>The tables of trials and their reports.</summary>
internal static class TrialTable
{
    public static void Create(SqliteConnection connection)
    {
        Sql.Run(connection, "CREATE TABLE trials (number INTEGER PRIMARY KEY, state TEXT NOT NULL, parameters TEXT NOT NULL, value REAL, message TEXT NOT NULL, seconds REAL NOT NULL)");
        Sql.Run(connection, "CREATE TABLE reports (trial INTEGER NOT NULL, step INTEGER NOT NULL, value REAL NOT NULL, PRIMARY KEY (trial, step))");
        Sql.Run(connection, "CREATE TABLE notes (trial INTEGER NOT NULL, name TEXT NOT NULL, value REAL NOT NULL, PRIMARY KEY (trial, name))");
    }

    public static void Insert(SqliteConnection connection, TrialRecord trial) => Sql.Run(
        connection, "INSERT INTO trials VALUES ($number, $state, $parameters, NULL, '', 0)",
        ("$number", trial.Number), ("$state", Name(trial.State)), ("$parameters", AssignmentJson.Write(trial.Parameters)));

    public static void Update(SqliteConnection connection, TrialRecord trial)
    {
        Sql.Run(
            connection, "UPDATE trials SET state = $state, value = $value, message = $message, seconds = $seconds WHERE number = $number",
            ("$number", trial.Number), ("$state", Name(trial.State)), ("$value", trial.Value), ("$message", trial.Message), ("$seconds", trial.Duration.TotalSeconds));
        foreach (var report in trial.Reports)
        {
            Sql.Run(connection, "INSERT INTO reports VALUES ($trial, $step, $value)", ("$trial", trial.Number), ("$step", report.Step), ("$value", report.Value));
        }

        foreach (var note in trial.Notes)
        {
            Sql.Run(connection, "INSERT INTO notes VALUES ($trial, $name, $value)", ("$trial", trial.Number), ("$name", note.Name), ("$value", note.Value));
        }
    }

    public static IReadOnlyList<TrialRecord> Read(SqliteConnection connection, SearchSpace space)
    {
        var reports = Sql.Query(connection, "SELECT trial, step, value FROM reports ORDER BY trial, step", row => (Trial: row.GetInt32(0), Report: new TrialReport(row.GetInt64(1), Number(row, 2))))
            .ToLookup(row => row.Trial, row => row.Report);
        var notes = Sql.Query(connection, "SELECT trial, name, value FROM notes ORDER BY rowid", row => (Trial: row.GetInt32(0), Note: new TrialNote(row.GetString(1), Number(row, 2))))
            .ToLookup(row => row.Trial, row => row.Note);
        return new ValueList<TrialRecord>(Sql.Query(
            connection, "SELECT number, state, parameters, value, message, seconds FROM trials ORDER BY number", row => Read(row, space, reports, notes)));
    }

    private static TrialRecord Read(DbDataReader row, SearchSpace space, ILookup<int, TrialReport> reports, ILookup<int, TrialNote> notes)
    {
        int number = row.GetInt32(0);
        try
        {
            return new(number, AssignmentJson.Read(row.GetString(2), space))
            {
                State = Enum.GetValues<TrialState>().Single(state => Name(state) == row.GetString(1)),
                Value = row.IsDBNull(3) ? null : Number(row, 3),
                Message = row.GetString(4),
                Duration = TimeSpan.FromSeconds(Number(row, 5)),
                Reports = [.. reports[number]],
                Notes = [.. notes[number]],
            };
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidOperationException or InvalidCastException or OverflowException)
        {
            throw new StudyFileException(string.Create(CultureInfo.InvariantCulture, $"Trial {number} of the study's file is damaged: {e.Message}"), e);
        }
    }

    /// <summary>SQLite keeps whatever it is given in any column, and reads words as 0.</summary>
    private static double Number(DbDataReader row, int column) => row.GetValue(column) is double number
        ? number
        : throw new FormatException($"'{row.GetName(column)}' must be a number, was '{row.GetValue(column)}'.");

    public static string Name(TrialState state) => state switch
    {
        TrialState.Running => "running",
        TrialState.Complete => "complete",
        TrialState.Pruned => "pruned",
        _ => "failed",
    };
}
