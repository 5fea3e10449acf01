using System.Text;
using Spectre.Console;

namespace Optim.Cli.Reports;

/// <summary>Where a report goes, each place known to be one that can be written.</summary>
/// <param name="Json">Whether standard output gets the JSON document in place of the screen.</param>
/// <param name="Page">The page; null for none.</param>
/// <param name="Scripts">Where the page's scripts come from.</param>
/// <param name="Csv">The folder of the CSV files; null for none.</param>
/// <param name="TensorBoard">The folder of TensorBoard's runs; null for none.</param>
internal sealed record ReportDestinations(bool Json, FileInfo? Page, ChartScripts Scripts, DirectoryInfo? Csv, DirectoryInfo? TensorBoard)
{
    // The files are for any program: no mark at their beginning.
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>
    /// Shows the results, the screen or the JSON document, then writes the files, and says on the screen where they are. Each is there as a
    /// whole or not at all.
    /// </summary>
    /// <param name="report">The report.</param>
    /// <param name="output">Standard output.</param>
    /// <param name="show">Writes the screen.</param>
    /// <exception cref="IOException">A file could be written before the work and cannot now.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public void Deliver(Report report, TextWriter output, Action<IAnsiConsole> show)
    {
        var console = Terminal.For(output, folding: true);
        if (Json)
        {
            output.WriteLine(Reports.Json.Text(ReportJson.Of(report)));
        }
        else
        {
            show(console);
        }

        foreach (string line in Write(report))
        {
            if (!Json)
            {
                console.WriteLine(line);
            }
        }
    }

    /// <summary>Writes the files; a line about each place.</summary>
    private List<string> Write(Report report)
    {
        List<string> lines = [];
        if (Page is not null)
        {
            Replace(Page.FullName, HtmlPage.Of(report, Scripts));
            lines.Add($"Report: {Page}");
        }

        if (Csv is not null)
        {
            Csv.Create();
            foreach (var table in report.Data)
            {
                Replace(Path.Combine(Csv.FullName, $"{table.Name}.csv"), Reports.Csv.Of(table));
            }

            lines.Add($"Figures: {string.Join(", ", report.Data.Select(table => Path.Combine(Csv.ToString(), $"{table.Name}.csv")))}");
        }

        if (TensorBoard is not null)
        {
            foreach (var run in report.Runs)
            {
                run.Write(TensorBoard, report.Provenance.Started);
            }

            lines.Add($"Curves: tensorboard --logdir {TensorBoard}");
        }

        return lines;
    }

    private static void Replace(string path, string text) => AtomicFile.Write(path, stream => stream.Write(Utf8.GetBytes(text)));
}
