using Optim.Cli.Reports;
using Optim.Reports;
using Spectre.Console;

namespace Optim.Cli.Train;

/// <summary>A finished training run in the terminal.</summary>
internal static class TrainScreen
{
    private const int Points = 101, MostConfusions = 3;

    /// <summary>Writes the loss curve and the figures.</summary>
    public static void Show(IAnsiConsole console, Trained run)
    {
        var parts = TrainingReports.Means(run.History.Records(run.StepsPerEpoch), Points);
        var chart = new TerminalCurve("Training loss (logarithmic scale)", parts.Count < Points ? "Step" : "Percent of the run");
        chart.Add("training loss", Palette.Terminal(0), [.. parts.Select(part => part.Loss)]);
        console.WriteLine();
        console.Write(chart);
        console.WriteLine();
        if (run.Confusion is not null)
        {
            Show(console, run, run.Confusion);
        }

        console.WriteLine(TrainText.Result(run));
    }

    private static void Show(IAnsiConsole console, Trained run, Confusion confusion)
    {
        console.WriteLine("Recall of each class:");
        console.Write(Classes(run, confusion, console.Profile.Width));
        string[] confused = [.. confusion.Most(MostConfusions).Select(pair => $"{run.Data.Classes[pair.Actual]} as {run.Data.Classes[pair.Taken]} ({pair.Count.ToString(System.Globalization.CultureInfo.InvariantCulture)})")];
        if (confused.Length > 0)
        {
            console.WriteLine($"Most often confused: {string.Join(", ", confused)}.");
        }

        console.WriteLine();
    }

    private static Grid Classes(Trained run, Confusion confusion, int width)
    {
        string[] cells = [.. run.Data.Classes.Select((name, i) => $"{name} {TrainText.Percent(confusion.Recall(i), 1)}")];
        int columns = Math.Clamp(width / (cells.Max(cell => cell.Length) + 2), 1, 5);
        var grid = new Grid();
        for (int i = 0; i < columns; i++)
        {
            grid.AddColumn(new GridColumn().NoWrap());
        }

        foreach (string[] row in cells.Chunk(columns))
        {
            grid.AddRow([.. row.Select(cell => new Text(cell))]);
        }

        return grid;
    }
}
