using System.Globalization;
using Optim.Cli.Reports;
using Optim.Cli.Training;
using Spectre.Console;

namespace Optim.Cli.Compare;

/// <summary>A comparison in the terminal: the loss curves, then the table.</summary>
internal static class ComparisonScreen
{
    /// <summary>Writes the comparison.</summary>
    public static void Show(IAnsiConsole console, Comparison comparison)
    {
        var results = comparison.Results;
        var chart = new TerminalCurve("Training loss (mean cross-entropy, logarithmic scale)", "Epoch");
        for (int i = 0; i < results.Count; i++)
        {
            chart.Add(results[i].Contestant.Title, Palette.Terminal(i), [.. results[i].Run.Curve.Select(point => point.TrainingLoss)]);
        }

        console.Write(chart);
        console.WriteLine();
        console.Write(Table(results));
        console.WriteLine();
        console.WriteLine(ComparisonText.Setting(comparison.Settings));
        console.WriteLine($"Data: {Digits.Name}. {Digits.Source}. {Digits.Address}. Licence: {Digits.License}.");
    }

    private static Table Table(IReadOnlyList<Result> results)
    {
        var table = new Table().Border(TableBorder.Rounded);
        table.AddColumn("Optimizer");
        foreach (string heading in (string[])["Learning\nrate", "Final\ntraining loss", "Test\naccuracy", "Time in\noptimizer", "Time\nin all"])
        {
            table.AddColumn(heading, column => column.RightAligned());
        }

        for (int i = 0; i < results.Count; i++)
        {
            var (contestant, run) = results[i];
            table.AddRow(
                new Markup(Markup.Escape(contestant.Title), new Style(Palette.Terminal(i))),
                new Text(contestant.LearningRate.ToString(CultureInfo.InvariantCulture)),
                new Text(ComparisonText.Loss(run.Final.TrainingLoss)),
                new Text(ComparisonText.Accuracy(run.Final.TestAccuracy)),
                new Text(ComparisonText.Milliseconds(run.OptimizerTime)),
                new Text(ComparisonText.Milliseconds(run.TotalTime)));
        }

        return table;
    }
}
