using System.Text;
using Spectre.Console;

namespace Optim.Cli.Reports;

/// <summary>The destinations of a report, each checked to be writable.</summary>
/// <param name="Json">Whether to print JSON on standard output instead of text.</param>
/// <param name="Page">The page; null for none.</param>
/// <param name="Scripts">The source of the page's scripts.</param>
/// <param name="Csv">The folder of the CSV files; null for none.</param>
/// <param name="TensorBoard">The folder of TensorBoard's runs; null for none.</param>
internal sealed record ReportDestinations(bool Json, FileInfo? Page, ChartScripts Scripts, DirectoryInfo? Csv, DirectoryInfo? TensorBoard)
{
    // The files are for any program: no mark at their beginning.
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>
    /// Prints the results as text or JSON, then writes the files and prints their paths. Each file is written
    /// atomically.
    /// </summary>
    /// <param name="report">The report.</param>
    /// <param name="output">Standard output.</param>
    /// <param name="show">Prints the text.</param>
    /// <exception cref="IOException">A file that was writable before the work no longer is.</exception>
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

    /// <summary>Writes the files; one line about each.</summary>
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
