using Optim.Reports.TensorBoard;
using Optim.Values;

namespace Optim.Reports;

/// <summary>A value at a step.</summary>
/// <param name="Tag">The tag: <c>loss</c>.</param>
/// <param name="Step">The step.</param>
/// <param name="Value">The value.</param>
/// <param name="Time">The wall-clock time.</param>
public readonly record struct ScalarPoint(string Tag, long Step, double Value, DateTimeOffset Time)
{
    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(ScalarPoint), PrintMembers);
}

/// <summary>The curves of one TensorBoard run: a folder with an event file. Immutable.</summary>
/// <param name="name">The name; its folder has hyphens for characters that are invalid in folder names on some system.</param>
/// <param name="points">Ordered by step for each tag.</param>
public sealed class ScalarRun(string name, IReadOnlyList<ScalarPoint> points)
{
    /// <summary>The name.</summary>
    public string Name { get; } = name;

    /// <summary>The points, ordered by step for each tag.</summary>
    public IReadOnlyList<ScalarPoint> Points { get; } = points;

    /// <summary>Writes the run's file.</summary>
    /// <param name="parent">The folder of all runs.</param>
    /// <param name="started">When it began.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    internal void Write(DirectoryInfo parent, DateTimeOffset started)
    {
        using var file = EventFile.Create(new(Path.Combine(parent.FullName, FolderName)), started);
        foreach (var point in Points)
        {
            file.Add(point);
        }
    }

    /// <summary>The name with hyphens for characters that are invalid in folder names on some system.</summary>
    internal string FolderName
    {
        get
        {
            string name = string.Concat(Name.Select(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_' or '.' or '(' or ')' or '=' or ',' ? c : '-')).Trim(' ', '.');
            return name.Length == 0 ? "run" : name;
        }
    }

    /// <summary>The runs of a table: one per text of a column, one curve per numeric column.</summary>
    /// <param name="table">One row per step of a run.</param>
    /// <param name="run">The column with the run's name.</param>
    /// <param name="step">The column with the step.</param>
    /// <param name="started">The start of the run.</param>
    /// <param name="seconds">The column with the seconds since then; null for a single time.</param>
    public static IReadOnlyList<ScalarRun> Of(DataTable table, string run, string step, DateTimeOffset started, string? seconds = null)
    {
        int runColumn = table.IndexOf(run), stepColumn = table.IndexOf(step), secondsColumn = seconds is null ? -1 : table.IndexOf(seconds);
        int[] tags = [.. Enumerable.Range(0, table.Columns.Count).Where(i => table.Columns[i].Kind == ColumnKind.Number && i != secondsColumn && i != stepColumn)];
        return [.. table.Rows.GroupBy(row => (string)row[runColumn]!, StringComparer.Ordinal).Select(rows => new ScalarRun(rows.Key,
        [
            .. rows.SelectMany(row => tags.Where(i => row[i] is not null).Select(i => new ScalarPoint(
                table.Columns[i].Name, (long)row[stepColumn]!, (double)row[i]!,
                secondsColumn < 0 || row[secondsColumn] is not double since ? started : started.AddSeconds(since)))),
        ]))];
    }
}
