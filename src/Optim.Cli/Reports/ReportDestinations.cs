using Optim.Reports;
using Spectre.Console;

namespace Optim.Cli.Reports;

/// <summary>The destinations of a report, each checked to be writable.</summary>
/// <param name="Json">Whether to print JSON on standard output instead of text.</param>
/// <param name="Page">The page; null for none.</param>
/// <param name="Scripts">Where the page's scripts are.</param>
/// <param name="Csv">The folder of the CSV files; null for none.</param>
/// <param name="TensorBoard">The folder of TensorBoard's runs; null for none.</param>
internal sealed record ReportDestinations(bool Json, FileInfo? Page, ChartScripts Scripts, DirectoryInfo? Csv, DirectoryInfo? TensorBoard)
{
    /// <summary>
    /// Prints the results as text or JSON, then writes the files and prints their paths. Each file is written
    /// atomically.
    /// </summary>
    /// <param name="report">The report.</param>
    /// <param name="output">Standard output.</param>
    /// <param name="show">Prints the text.</param>
    /// <exception cref="IOException">A file that was writable before the work no longer is.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public void Deliver(CommandReport report, TextWriter output, Action<IAnsiConsole> show)
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
    private List<string> Write(CommandReport from)
    {
        var report = from.ToReport();
        List<string> lines = [];
        if (Page is not null)
        {
            report.SavePage(Page.FullName, Scripts);
            lines.Add($"Report: {Page}");
        }

        if (Csv is not null)
        {
            report.SaveCsv(Csv.FullName);
            lines.Add($"Figures: {string.Join(", ", report.Data.Select(table => Path.Combine(Csv.ToString(), $"{table.Name}.csv")))}");
        }

        if (TensorBoard is not null)
        {
            report.SaveTensorBoard(TensorBoard.FullName, from.Provenance.Started);
            lines.Add($"Curves: tensorboard --logdir {TensorBoard}");
        }

        return lines;
    }
}
