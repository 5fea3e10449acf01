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
        return new("compare", ComparisonText.Title(settings), Provenance.Of(ComparisonText.Command(settings), settings.Seed, settings.Threads, started) with
        {
            Reproducibility = settings.Task.Images is null
                ? "The same seed gives the same losses and accuracies on every machine; times differ."
                : "The same seed gives the same losses and accuracies on the same machine, and with simd on every one; times differ.",
        })
        {
            Summary = ComparisonText.Setting(settings) + " Every optimizer starts from the same weights and sees the same batches. " + string.Join(" ", ComparisonText.Reading(comparison)) + which,
            Sections =
            [
                new(
                    "Curves",
                    Drawn(
                        "Training loss by epoch", "Training loss by epoch for each optimizer, on a logarithmic scale; the table below has the final values.",
                        new("trainingLoss", "Training loss", settings.Task.LossUnit) { IsLogarithmic = true }),
                    Drawn(
                        $"Test {settings.Task.ScoreName} by epoch", $"Test {settings.Task.ScoreName} by epoch for each optimizer; the table below has the final values.",
                        settings.Task.ScoreName == "accuracy"
                            ? new("testAccuracy", "Test accuracy", $"% of held-out {settings.Task.Things}") { Format = ".1~%", Range = (LeastAccuracy(charted), 1) }
                            : new("testAccuracy", "Test R^2", "fraction of the variance explained") { Format = ".3~f" }),
                    "Point at a curve for its values; click names in the legend to select curves (shift-click for several), double-click for all."),
                new(
                    "Time",
                    Chart.Bars(
                        "Time in the optimizer", "The total time of each optimizer's steps; the table below has the figures.",
                        results, "optimizer", new("optimizerSeconds", "Time in Optimizer.Step, all steps", "s"))),
                new("Results", new TextTable(
                    ["Optimizer", "Learning rate", $"Final training loss ({settings.Task.LossUnit})", $"Test {settings.Task.ScoreName}", "Time in optimizer", "Time in all"],
                    [.. comparison.Results.Select(result => (string[])
                    [
                        result.Contestant.Title, result.Contestant.LearningRate.ToString(CultureInfo.InvariantCulture),
                        ComparisonText.Loss(result) + Bracketed(result, ComparisonText.LossBand),
                        settings.Task.ScoreText(result.Run.Final.TestAccuracy) + Bracketed(result, runs => ComparisonText.ScoreBand(runs, settings.Task)),
                        ComparisonText.Milliseconds(result.Run.OptimizerTime), ComparisonText.Milliseconds(result.Run.TotalTime),
                    ])])),
                new("Data", DataBlock.Of(settings.Task.Name, settings.Task.Source, settings.Task.Address, settings.Task.License)),
            ],
            Data = settings.Seeds == 1 ? [curves, results] : [curves, results, Runs(comparison)],
            Document = ComparisonJson.Of(comparison),
            Runs = ScalarRun.Of(Timed(comparison), "optimizer", "epoch", started, "seconds"),
        };

        Chart Drawn(string title, string description, Axis y) => settings.Seeds == 1
            ? Chart.Lines(title, description, curves, epoch, y, "optimizer", names)
            : Chart.Bands(title, description + " The bands reach from the lower to the upper quartile of the seeds.", curves, epoch, y, y.Field + "Low", y.Field + "High", "optimizer", names);
    }

    /// <summary>The quartiles in brackets; nothing for one run.</summary>
    private static string Bracketed(Result result, Func<IReadOnlyList<TrainingRun>, string> band) => result.Runs.Count == 1 ? "" : $" ({band(result.Runs)})";

    private static DataTable Curves(Comparison comparison)
    {
        if (comparison.Settings.Seeds == 1)
        {
            return DataTable.Of("curves", Points(comparison), Columns);
        }

        var rows = comparison.Results.SelectMany(result => result.Run.Curve.Select((point, i) => (result.Contestant.Title, Point: point, Runs: result.Runs.Select(run => run.Curve[i]).ToList())));
        return DataTable.Of(
            "curves", rows,
            Column.Text<(string Title, EpochPoint Point, List<EpochPoint> Runs)>("optimizer", row => row.Title),
            Column.Whole<(string Title, EpochPoint Point, List<EpochPoint> Runs)>("epoch", row => row.Point.Epoch),
            Column.Number<(string Title, EpochPoint Point, List<EpochPoint> Runs)>("trainingLoss", row => row.Point.TrainingLoss),
            Column.Number<(string Title, EpochPoint Point, List<EpochPoint> Runs)>("trainingLossLow", row => Quantile.Of(row.Runs.Select(point => point.TrainingLoss), 0.25)),
            Column.Number<(string Title, EpochPoint Point, List<EpochPoint> Runs)>("trainingLossHigh", row => Quantile.Of(row.Runs.Select(point => point.TrainingLoss), 0.75)),
            Column.Number<(string Title, EpochPoint Point, List<EpochPoint> Runs)>("testAccuracy", row => row.Point.TestAccuracy),
            Column.Number<(string Title, EpochPoint Point, List<EpochPoint> Runs)>("testAccuracyLow", row => Quantile.OfScores(row.Runs.Select(point => point.TestAccuracy), 0.25)),
            Column.Number<(string Title, EpochPoint Point, List<EpochPoint> Runs)>("testAccuracyHigh", row => Quantile.OfScores(row.Runs.Select(point => point.TestAccuracy), 0.75)));
    }

    /// <summary>The final figures of every run.</summary>
    private static DataTable Runs(Comparison comparison) => DataTable.Of(
        "runs", comparison.Results.SelectMany(result => result.Runs.Select((run, i) => (result.Contestant.Title, Seed: comparison.Settings.Seed + i, run.Final))),
        Column.Text<(string Title, long Seed, EpochPoint Final)>("optimizer", row => row.Title),
        Column.Whole<(string Title, long Seed, EpochPoint Final)>("seed", row => row.Seed),
        Column.Number<(string Title, long Seed, EpochPoint Final)>("finalTrainingLoss", row => row.Final.TrainingLoss),
        Column.Number<(string Title, long Seed, EpochPoint Final)>("testAccuracy", row => row.Final.TestAccuracy));

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
