using System.Globalization;
using Optim.Cli.Reports;
using Spectre.Console;

namespace Optim.Cli.FindRate;

/// <summary>Range tests in the terminal: the curves, then the suggestions.</summary>
internal static class FindRateScreen
{
    // As many as the terminal's chart has marks for.
    private const int MostCurves = 7;

    /// <summary>The table headings for a test's readings.</summary>
    public static IReadOnlyList<string> Readings { get; } = ["Seed", "Falls fastest", "Mid-fall", "Lowest loss", "A tenth of it", "Suggestion"];

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

        var table = new Table().Border(TableBorder.Rounded).AddColumn(Readings[0]);
        foreach (string reading in Readings.Skip(1))
        {
            table.AddColumn(reading, column => column.RightAligned());
        }

        foreach (string[] row in Rows(run))
        {
            table.AddRow(row);
        }

        console.Write(table);
        console.WriteLine($"Suggestion for {run.Optimizer.Title}: {run.Summary.Reason}");
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"(The rate of 'optim compare' on the digits: {run.Optimizer.DigitsRate}.)"));
        console.WriteLine($"On {run.Subject.InWords}.");
        console.WriteLine(run.CommandLine);
    }

    /// <summary>The rates read from each curve, one row per test.</summary>
    public static IEnumerable<string[]> Rows(FindRateRun run) => run.Seeds.Zip(run.Summary.Results, (seed, result) => (string[])
    [
        seed.ToString(CultureInfo.InvariantCulture), Rate(result.Steepest), Rate(result.Valley), Rate(result.Minimum), Rate(result.TenthOfMinimum), Rate(result.Suggestion),
    ]);

    /// <summary>The name of a test's curve.</summary>
    public static string Name(long seed) => string.Create(CultureInfo.InvariantCulture, $"seed {seed}");

    /// <summary>A rate to two digits, more than a range test's precision.</summary>
    private static string Rate(double? rate) => rate?.ToString("G2", CultureInfo.InvariantCulture) ?? "none";
}
