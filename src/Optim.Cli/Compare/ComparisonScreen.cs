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
        var chart = new TerminalCurve($"Training loss, {ComparisonText.Seeds(comparison.Settings)} (logarithmic scale{which})", "Epoch");
        for (int i = 0; i < charted.Count; i++)
        {
            chart.Add(charted[i].Contestant.Title, Palette.Terminal(i), [.. charted[i].Run.Curve.Select(point => point.TrainingLoss)]);
        }

        console.Write(chart);
        console.WriteLine();
        console.Write(Table(comparison, charted));
        foreach (string sentence in ComparisonText.Reading(comparison))
        {
            console.WriteLine(sentence);
        }

        console.WriteLine();
        console.WriteLine(ComparisonText.Setting(comparison.Settings));
        console.WriteLine($"Data: {comparison.Settings.Task.DataText}");
    }

    private static Table Table(Comparison comparison, IReadOnlyList<Result> charted)
    {
        var table = new Table().Border(TableBorder.Rounded);
        table.AddColumn("Optimizer");
        var task = comparison.Settings.Task;
        bool several = comparison.Settings.Seeds > 1;
        string[] headings = several
            ? ["Learning\nrate", "Training loss\n(quartiles)", $"Test {task.ScoreName}\n(quartiles)", "Time in\noptimizer"]
            : ["Learning\nrate", "Final\ntraining loss", $"Test\n{task.ScoreName}", "Time in\noptimizer", "Time\nin all"];
        foreach (string heading in headings)
        {
            table.AddColumn(heading, column => column.RightAligned());
        }

        foreach (var result in comparison.Results)
        {
            var (contestant, run) = (result.Contestant, result.Run);
            int curve = charted.Select((other, i) => other == result ? i : -1).Max();
            string[] figures =
            [
                contestant.LearningRate.ToString(comparison.Settings.Tune > 0 ? "G3" : null, CultureInfo.InvariantCulture),
                ComparisonText.Loss(result) + (several ? "\n" + ComparisonText.LossBand(result.Runs) : ""),
                task.ScoreText(run.Final.TestAccuracy) + (several ? "\n" + ComparisonText.ScoreBand(result.Runs, task) : ""),
                ComparisonText.Milliseconds(run.OptimizerTime),
                .. several ? Array.Empty<string>() : [ComparisonText.Milliseconds(run.TotalTime)],
            ];
            table.AddRow([new Markup(Markup.Escape(contestant.Title), curve < 0 ? Style.Plain : new Style(Palette.Terminal(curve))), .. figures.Select(text => new Text(text))]);
        }

        return table;
    }
}
