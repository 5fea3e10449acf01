using System.Globalization;
using Optim.Cli.Reports;
using Optim.Cli.Training;
using Optim.Networks;
using Optim.Reports;

namespace Optim.Cli.Compare;

/// <summary>A comparison as a report.</summary>
internal static class ComparisonReport
{
    /// <summary>The report.</summary>
    /// <param name="comparison">The comparison.</param>
    /// <param name="started">The start time.</param>
    public static CommandReport Of(Comparison comparison, DateTimeOffset started)
    {
        var settings = comparison.Settings;
        var charted = comparison.Charted(Chart.Colors.Count);
        string which = charted.Count < comparison.Results.Count
            ? string.Create(CultureInfo.InvariantCulture, $" The charts show the {charted.Count} lowest final losses of {comparison.Results.Count}.") : "";
        string[] names = [.. charted.Select(result => result.Contestant.Title)];
        DataTable curves = Curves(comparison), results = Results(comparison);
        var epoch = new Axis("epoch", "Epoch", $"passes over the training {settings.Task.Things}") { Format = "d" };
        return new("compare", settings.Task.Title, Provenance.Of(ComparisonText.Command(settings), settings.Seed, settings.Threads, started) with
        {
            Reproducibility = settings.Task.Images is null
                ? "The same seed gives the same losses and accuracies on every machine; times differ."
                : "The same seed gives the same losses and accuracies on the same machine, and with simd on every one; times differ.",
        })
        {
            Summary = ComparisonText.Setting(settings) + " Every optimizer starts from the same weights and sees the same batches." + which,
            Sections =
            [
                new(
                    "Curves",
                    Chart.Lines(
                        "Training loss by epoch", "Training loss by epoch for each optimizer, on a logarithmic scale; the table below has the final values.",
                        curves, epoch, new("trainingLoss", "Training loss", "mean cross-entropy, nats") { IsLogarithmic = true }, "optimizer", names),
                    Chart.Lines(
                        "Test accuracy by epoch", "Test accuracy by epoch for each optimizer; the table below has the final values.",
                        curves, epoch, new("testAccuracy", "Test accuracy", $"% of held-out {settings.Task.Things}") { Format = ".1~%", Range = (LeastAccuracy(charted), 1) }, "optimizer", names),
                    "Point at a curve for its values; click names in the legend to select curves (shift-click for several), double-click for all."),
                new(
                    "Time",
                    Chart.Bars(
                        "Time in the optimizer", "The total time of each optimizer's steps; the table below has the figures.",
                        results, "optimizer", new("optimizerSeconds", "Time in Optimizer.Step, all steps", "s"))),
                new("Results", new TextTable(
                    ["Optimizer", "Learning rate", "Final training loss (nats)", "Test accuracy", "Time in optimizer", "Time in all"],
                    [.. comparison.Results.Select(result => (string[])
                    [
                        result.Contestant.Title, result.Contestant.LearningRate.ToString(CultureInfo.InvariantCulture),
                        ComparisonText.Loss(result), ComparisonText.Accuracy(result.Run.Final.TestAccuracy),
                        ComparisonText.Milliseconds(result.Run.OptimizerTime), ComparisonText.Milliseconds(result.Run.TotalTime),
                    ])])),
                new("Data", settings.Task.Address is { } address
                    ? new Link($"{settings.Task.Name}. {settings.Task.Source}. Licence: {settings.Task.License}.", address)
                    : settings.Task.DataText),
            ],
            Data = [curves, results],
            Document = ComparisonJson.Of(comparison),
            Runs = ScalarRun.Of(Timed(comparison), "optimizer", "epoch", started, "seconds"),
        };
    }

    private static DataTable Curves(Comparison comparison) => DataTable.Of("curves", Points(comparison), Columns);

    /// <summary>The curves with the time of each point, which differs from run to run: for TensorBoard only.</summary>
    private static DataTable Timed(Comparison comparison) => DataTable.Of(
        "curves", Points(comparison), [.. Columns, Column.Number<(string Title, EpochPoint Point)>("seconds", row => row.Point.Seconds)]);

    private static IEnumerable<(string Title, EpochPoint Point)> Points(Comparison comparison) =>
        comparison.Results.SelectMany(result => result.Run.Curve.Select(point => (result.Contestant.Title, point)));

    private static Column<(string Title, EpochPoint Point)>[] Columns =>
    [
        Column.Text<(string Title, EpochPoint Point)>("optimizer", row => row.Title),
        Column.Whole<(string Title, EpochPoint Point)>("epoch", row => row.Point.Epoch),
        Column.Number<(string Title, EpochPoint Point)>("trainingLoss", row => row.Point.TrainingLoss),
        Column.Number<(string Title, EpochPoint Point)>("testAccuracy", row => row.Point.TestAccuracy),
    ];

    private static DataTable Results(Comparison comparison) => DataTable.Of(
        "results", comparison.Results,
        Column.Text<Result>("optimizer", result => result.Contestant.Title),
        Column.Number<Result>("learningRate", result => result.Contestant.LearningRate),
        Column.Number<Result>("finalTrainingLoss", result => result.Run.Final.TrainingLoss),
        Column.Number<Result>("testAccuracy", result => result.Run.Final.TestAccuracy),
        Column.Number<Result>("optimizerSeconds", result => result.Run.OptimizerTime.TotalSeconds),
        Column.Number<Result>("totalSeconds", result => result.Run.TotalTime.TotalSeconds));

    /// <summary>The lower end of the accuracy axis: the first epochs may fall below it, but no final value.</summary>
    private static double LeastAccuracy(IReadOnlyList<Result> results) => results.All(result => result.Run.Final.TestAccuracy > 0.85) ? 0.8 : 0;
}
