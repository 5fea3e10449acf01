using System.Globalization;
using Optim.Cli.Reports;
using Optim.Cli.Training;
using Optim.Networks;
using Optim.Reports;
using Spectre.Console;

namespace Optim.Cli.Compare;

/// <summary>A comparison in the terminal: the loss curves, then the table.</summary>
internal static class ComparisonScreen
{
    /// <summary>Writes the comparison.</summary>
    public static void Show(IAnsiConsole console, Comparison comparison)
    {
        var charted = comparison.Charted(Chart.Colors.Count);
        string which = charted.Count < comparison.Results.Count
            ? string.Create(CultureInfo.InvariantCulture, $"; the {charted.Count} lowest of {comparison.Results.Count}") : "";
        var chart = new TerminalCurve($"Training loss (mean cross-entropy, logarithmic scale{which})", "Epoch");
        for (int i = 0; i < charted.Count; i++)
        {
            chart.Add(charted[i].Contestant.Title, Palette.Terminal(i), [.. charted[i].Run.Curve.Select(point => point.TrainingLoss)]);
        }

        console.Write(chart);
        console.WriteLine();
        console.Write(Table(comparison.Results, charted));
        console.WriteLine();
        console.WriteLine(ComparisonText.Setting(comparison.Settings));
        console.WriteLine($"Data: {comparison.Settings.Task.DataText}");
    }

    private static Table Table(IReadOnlyList<Result> results, IReadOnlyList<Result> charted)
    {
        var table = new Table().Border(TableBorder.Rounded);
        table.AddColumn("Optimizer");
        foreach (string heading in (string[])["Learning\nrate", "Final\ntraining loss", "Test\naccuracy", "Time in\noptimizer", "Time\nin all"])
        {
            table.AddColumn(heading, column => column.RightAligned());
        }

        foreach (var result in results)
        {
            var (contestant, run) = result;
            int curve = charted.Select((other, i) => other == result ? i : -1).Max();
            table.AddRow(
                new Markup(Markup.Escape(contestant.Title), curve < 0 ? Style.Plain : new Style(Palette.Terminal(curve))),
                new Text(contestant.LearningRate.ToString(CultureInfo.InvariantCulture)),
                new Text(ComparisonText.Loss(result)),
                new Text(ComparisonText.Accuracy(run.Final.TestAccuracy)),
                new Text(ComparisonText.Milliseconds(run.OptimizerTime)),
                new Text(ComparisonText.Milliseconds(run.TotalTime)));
        }

        return table;
    }
}
