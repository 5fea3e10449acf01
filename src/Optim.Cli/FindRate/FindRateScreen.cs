using System.Globalization;
using Optim.Cli.Reports;
using Optim.Reports;
using Spectre.Console;

namespace Optim.Cli.FindRate;

/// <summary>Range tests in the terminal: the curves, then the suggestions.</summary>
internal static class FindRateScreen
{
    // As many as the terminal's chart has marks for.
    private const int MostCurves = 7;

    /// <summary>Writes the tests.</summary>
    public static void Show(IAnsiConsole console, FindRateRun run)
    {
        var results = run.Summary.Results;
        if (results.MaxBy(result => result.Curve.Count)!.Curve is { Count: > 1 } longest)
        {
            var chart = new TerminalCurve(
                "Smoothed loss (mean cross-entropy of a batch, logarithmic scale)",
                string.Create(CultureInfo.InvariantCulture, $"Step: rate {longest[0].Rate:G2} at 0, {longest[^1].Rate:G2} at {longest.Count - 1}"));
            foreach (var (seed, result) in run.Seeds.Zip(results).Take(MostCurves))
            {
                chart.Add(Name(seed), Palette.Terminal((int)(seed - run.Subject.Settings.Seed)), [.. result.Curve.Select(point => point.Smoothed)]);
            }

            console.Write(chart);
            console.WriteLine();
        }

        var table = new Table().Border(TableBorder.Rounded).AddColumn(RangeTestReports.Headings[0]);
        foreach (string reading in RangeTestReports.Headings.Skip(1))
        {
            table.AddColumn(reading, column => column.RightAligned());
        }

        foreach (var row in RangeTestReports.Readings(run.Summary, [.. run.Seeds.Select(Name)]))
        {
            table.AddRow([.. row]);
        }

        console.Write(table);
        console.WriteLine($"Suggestion for {run.Optimizer.Title}: {run.Summary.Reason}");
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"(The rate of 'optim compare' on the digits: {run.Optimizer.DigitsRate}.)"));
        console.WriteLine($"On {run.Subject.InWords}.");
        console.WriteLine(run.CommandLine);
    }

    /// <summary>The name of a test's curve.</summary>
    public static string Name(long seed) => string.Create(CultureInfo.InvariantCulture, $"seed {seed}");
}
