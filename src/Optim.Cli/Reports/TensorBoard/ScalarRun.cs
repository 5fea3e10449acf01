using Optim.Cli.Reports.TensorBoard;

namespace Optim.Cli.Reports;

/// <summary>A value at a step.</summary>
/// <param name="Tag">What it is: <c>loss</c>.</param>
/// <param name="Step">When, in steps.</param>
/// <param name="Value">How much.</param>
/// <param name="Time">When, by the clock.</param>
internal sealed record ScalarPoint(string Tag, long Step, double Value, DateTimeOffset Time);

/// <summary>Curves of one run, as TensorBoard shows them: a folder with a file of events.</summary>
/// <param name="Name">The folder.</param>
/// <param name="Points">In the order of steps, for each tag.</param>
internal sealed record ScalarRun(string Name, IReadOnlyList<ScalarPoint> Points)
{
    /// <summary>Writes the run's file.</summary>
    /// <param name="parent">The folder of all runs.</param>
    /// <param name="started">When it began.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(DirectoryInfo parent, DateTimeOffset started)
    {
        using var file = EventFile.Create(new(Path.Combine(parent.FullName, FolderName)), started);
        foreach (var point in Points)
        {
            file.Add(point);
        }
    }

    /// <summary>The name with a hyphen for what a folder's may not hold on every system.</summary>
    public string FolderName
    {
        get
        {
            string name = string.Concat(Name.Select(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_' or '.' or '(' or ')' or '=' or ',' ? c : '-')).Trim(' ', '.');
            return name.Length == 0 ? "run" : name;
        }
    }

    /// <summary>The runs of a table: a run for each text of one column, a curve for each column of numbers.</summary>
    /// <param name="table">A row a step of a run.</param>
    /// <param name="run">The column with the run's name.</param>
    /// <param name="step">The column with the step.</param>
    /// <param name="started">When the run began.</param>
    /// <param name="seconds">The column with the seconds since then; null for one time for all.</param>
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
