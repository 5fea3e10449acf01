using System.Text;

namespace Optim.Reports;

/// <summary>
/// Results to show, independent of the form they take: one HTML page with interactive charts, CSV files, and TensorBoard's event files are written from it.
/// </summary>
/// <remarks>
/// Immutable. A page contains its data, its style and the scripts that draw its charts: it works without network, from any folder, and is about 850 KB.
/// <code>
/// var losses = DataTable.Of("losses", rows, Column.Whole&lt;Row&gt;("step", row => row.Step), Column.Number&lt;Row&gt;("loss", row => row.Loss));
/// new Report("My run")
/// {
///     Sections = [new("Curves", Chart.Lines("Loss", "The loss by step.", losses, new("step", "Step"), new("loss", "Loss") { IsLogarithmic = true }))],
///     Data = [losses],
/// }.SavePage("run.html");
/// </code>
/// </remarks>
/// <param name="title">The heading of the page.</param>
public sealed class Report(string title)
{
    // The files are for any program: no mark at their beginning.
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>The heading of the page.</summary>
    public string Title { get; } = title ?? throw new ArgumentNullException(nameof(title));

    /// <summary>A summary in a sentence or two, under the title. Default: none.</summary>
    public string Summary { get; init; } = "";

    /// <summary>The sections of the page; the origin follows them.</summary>
    /// <exception cref="ArgumentException">Two tables that charts are drawn from have the same name, by which a chart knows its table.</exception>
    public IReadOnlyList<Section> Sections
    {
        get;
        init => field = Different(value, sections => sections.SelectMany(section => section.Blocks).OfType<Chart>().SelectMany(chart => chart.Data).Distinct().Select(table => table.Name), "tables of charts", nameof(Sections));
    } = [];

    /// <summary>The tables, one CSV file each. Tables used by charts may or may not be among them.</summary>
    /// <exception cref="ArgumentException">Two have the same name, and so the same file.</exception>
    public IReadOnlyList<DataTable> Data
    {
        get;
        init => field = Different(value, tables => tables.Select(table => table.Name), "tables", nameof(Data));
    } = [];

    /// <summary>Curves for TensorBoard, one folder each.</summary>
    /// <exception cref="ArgumentException">Two have the same name, and so the same folder.</exception>
    public IReadOnlyList<ScalarRun> Runs
    {
        get;
        init => field = Different(value, runs => runs.Select(run => run.FolderName), "runs", nameof(Runs));
    } = [];

    /// <summary>Where the figures come from, and how to get them again. Null for nothing about that. Default null.</summary>
    public ReportOrigin? Origin { get; init; }

    /// <summary>The page.</summary>
    /// <param name="scripts">Where the scripts that draw its charts are. Default: in the page.</param>
    public string ToHtml(ChartScripts scripts = ChartScripts.Embedded) => HtmlPage.Of(this, scripts);

    /// <summary>Writes the page, atomically: a file of that name is replaced by the whole page or not at all.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="scripts">Where the scripts that draw its charts are. Default: in the page.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Access is denied.</exception>
    public void SavePage(string path, ChartScripts scripts = ChartScripts.Embedded)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Replace(path, ToHtml(scripts));
    }

    /// <summary>Writes each table of <see cref="Data"/> to a file of its name, in RFC 4180's form; each atomically.</summary>
    /// <remarks>Numbers are culture-invariant and round-trip; NaN and infinities are written as such; an empty cell is empty, an empty text is "".</remarks>
    /// <param name="folder">The folder, created if missing.</param>
    /// <returns>The files.</returns>
    /// <exception cref="IOException">One cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Access is denied.</exception>
    public IReadOnlyList<string> SaveCsv(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Directory.CreateDirectory(folder);
        List<string> files = [];
        foreach (var table in Data)
        {
            string path = Path.Combine(folder, $"{table.Name}.csv");
            Replace(path, CsvText.Of(table));
            files.Add(path);
        }

        return files;
    }

    /// <summary>Writes <see cref="Runs"/> for TensorBoard: an event file each, in a folder of the run's name. What is there already stays.</summary>
    /// <param name="folder">The folder of all runs, created if missing: <c>tensorboard --logdir FOLDER</c>.</param>
    /// <param name="started">When the run began.</param>
    /// <exception cref="IOException">One cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Access is denied.</exception>
    public void SaveTensorBoard(string folder, DateTimeOffset started)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        foreach (var run in Runs)
        {
            run.Write(new(folder), started);
        }
    }

    private static IReadOnlyList<T> Different<T>(IReadOnlyList<T> parts, Func<IReadOnlyList<T>, IEnumerable<string>> namesOf, string what, string property) =>
        namesOf(parts).GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? throw new ArgumentException($"{property} must have {what} of different names, '{twice.Key}' occurs twice.", property)
            : parts;

    private static void Replace(string path, string text) => AtomicFile.Write(path, stream => stream.Write(Utf8.GetBytes(text)));
}
