using System.Globalization;
using Optim.Cli.Reports;
using Spectre.Console;

namespace Optim.Cli.FindRate;

/// <summary>A range test in the terminal: the curve, then what it suggests.</summary>
internal static class FindRateScreen
{
    /// <summary>Writes the test.</summary>
    public static void Show(IAnsiConsole console, FindRateRun run)
    {
        var result = run.Result;
        if (result.Curve.Count > 1)
        {
            var chart = new TerminalCurve(
                "Loss (mean cross-entropy of a batch, logarithmic scale)",
                string.Create(CultureInfo.InvariantCulture, $"Step: rate {result.Curve[0].Rate:G2} at 0, {result.Curve[^1].Rate:G2} at {result.Curve.Count - 1}"));
            chart.Add("of each batch", Palette.Terminal(0), [.. result.Curve.Select(point => point.Loss)]);
            chart.Add("smoothed", Palette.Terminal(1), [.. result.Curve.Select(point => point.Smoothed)]);
            console.Write(chart);
            console.WriteLine();
        }

        var table = new Table().Border(TableBorder.Rounded).AddColumn("Reading").AddColumn("Learning rate", column => column.RightAligned());
        foreach (var (name, rate) in Readings(run))
        {
            table.AddRow(name, Rate(rate));
        }

        console.Write(table);
        console.WriteLine($"Suggestion for {run.Optimizer.Title}: {result.Reason}");
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"(What 'optim compare' uses for it on the digits: {run.Optimizer.DigitsRate}.)"));
        console.WriteLine($"On {run.Subject.InWords}.");
        console.WriteLine(run.CommandLine);
    }

    /// <summary>The rates that a curve names.</summary>
    public static IEnumerable<(string Name, double? Rate)> Readings(FindRateRun run) =>
    [
        ("Loss falls fastest", run.Result.Steepest), ("Middle of the fall", run.Result.Valley), ("Loss is lowest", run.Result.Minimum),
        ("A tenth of that", run.Result.TenthOfMinimum), ("Suggestion", run.Result.Suggestion),
    ];

    /// <summary>A rate to two digits, which is more than a range test knows.</summary>
    public static string Rate(double? rate) => rate?.ToString("G2", CultureInfo.InvariantCulture) ?? "none";
}
