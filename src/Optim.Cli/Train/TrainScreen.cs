using System.Globalization;
using System.Numerics;
using Optim.Cli.Reports;
using Optim.Cli.Training;
using Spectre.Console;

namespace Optim.Cli.Train;

/// <summary>A training that is over, in the terminal.</summary>
internal static class TrainScreen
{
    private const int Points = 100, MostConfusions = 3;

    /// <summary>Writes the loss curve and the figures.</summary>
    public static void Show<T>(IAnsiConsole console, Session<T> session, Dataset data, string model, int[] classified)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (history, settings) = (session.History, session.Settings);
        var chart = new TerminalCurve("Training loss (mean over the batches of each point, logarithmic scale)", "Hundredths of the run");
        chart.Add("training loss", Palette.Terminal(0), Smoothed(history, Points));
        console.WriteLine();
        console.Write(chart);
        console.WriteLine();
        var (last, best) = (history.Epochs[^1], history.Epochs.MaxBy(epoch => epoch.TestAccuracy)!);
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Test accuracy {100 * last.TestAccuracy:F2} %, loss {last.TestLoss:F4}{(best.TestAccuracy > last.TestAccuracy ? $" (best: {100 * best.TestAccuracy:F2} % after epoch {best.Epoch})" : "")}; {history.Epochs.Count} epochs in {history.Epochs.Sum(epoch => epoch.Seconds):F1} s."));
        var confusion = new Confusion(data.Test.Labels, classified, data.Classes.Count);
        console.WriteLine("By class: " + string.Join(", ", data.Classes.Select((name, i) => string.Create(CultureInfo.InvariantCulture, $"{name} {100 * confusion.Recall(i):F1} %"))) + ".");
        string[] confused = [.. confusion.Most(MostConfusions).Select(pair => string.Create(CultureInfo.InvariantCulture, $"{data.Classes[pair.Actual]} taken for {data.Classes[pair.Taken]} ({pair.Count})"))];
        if (confused.Length > 0)
        {
            console.WriteLine($"Most often confused: {string.Join(", ", confused)}.");
        }

        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Model {model}, {session.State.Parameters.Layout.Length:N0} parameters; {data.Name}: {data.Training.Count} images trained on, {data.Test.Count} held out."));
        console.WriteLine(settings.CommandLine());
    }

    /// <summary>The mean losses of equally many steps, a value for each part of the run.</summary>
    public static IReadOnlyList<double> Smoothed(History history, int points)
    {
        int count = history.Steps.Count, parts = Math.Min(points, count);
        return [.. Enumerable.Range(0, parts).Select(i =>
        {
            int from = (int)((long)i * count / parts), to = (int)((long)(i + 1) * count / parts);
            return Enumerable.Range(from, to - from).Average(step => history.Steps[step].Loss);
        })];
    }
}
