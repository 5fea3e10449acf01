using System.Globalization;
using System.Text.Json.Nodes;
using Optim.Cli.Reports;
using Optim.Cli.Training;
using Optim.Reports;

namespace Optim.Cli.Train;

/// <summary>A training run as a report.</summary>
internal static class TrainReport
{
    private const int MostPoints = 200;

    /// <summary>The report.</summary>
    /// <param name="run">The training.</param>
    /// <param name="started">When it began.</param>
    /// <param name="secondsBefore">The duration before resuming; 0 if not resumed.</param>
    public static CommandReport Of(Trained run, DateTimeOffset started, double secondsBefore = 0)
    {
        var (settings, history) = (run.Settings, run.History);
        DataTable epochs = TrainTables.Epochs(history), steps = TrainTables.Steps(history, run.StepsPerEpoch);
        List<DataTable> tables = [steps, epochs];
        List<Section> classes = [];
        if (run.Confusion is { } confusion)
        {
            var matrix = TrainTables.Confusion(run, confusion);
            tables.AddRange([TrainTables.Classes(run, confusion), matrix]);
            classes.Add(Classes(run, confusion, matrix));
        }

        string things = Score.Things(run.Data);
        var curves = TrainingReports.Curves(history.Records(run.StepsPerEpoch), MostPoints, "batches of " + settings.BatchSize.ToString(CultureInfo.InvariantCulture));
        return new("train", $"{run.Data.Name}, {settings.Model} with {settings.Optimizer.Title}", Provenance.Of(settings.CommandLine(), settings.Seed, run.Threads, started) with
        {
            Reproducibility = settings.Backend == Backend.Simd
                ? "The same options give the same results on every machine, interrupted and resumed or not; times differ."
                : "With Intel MKL the same options give the same results on the same machine; others may differ in the last digits.",
        })
        {
            Summary = TrainText.Result(run) + " " + TrainText.Setting(run),
            Sections =
            [
                new(
                    "Curves",
                    [
                        .. curves.Take(1),
                        Chart.Lines(
                            $"{Score.Title(run.Data)} by epoch", $"The {Score.Name(run.Data)} on the training {things}, during training, and on the held-out {things}.",
                            TrainTables.Accuracies(history), new("epoch", "Epoch", $"passes over the training {things}") { Format = "d" },
                            run.Data.Target is null ? new("accuracy", "Accuracy", $"% of {things}") { Format = ".1~%" } : new("accuracy", "R^2", "fraction of the variance explained") { Format = ".3~f" }, "images"),
                        .. curves.Skip(1),
                    ]),
                .. classes,
                new("Epochs", new TextTable(
                    ["Epoch", "Training loss", $"Training {Score.Name(run.Data)}", "Test loss", $"Test {Score.Name(run.Data)}", "Time"],
                    [.. history.Epochs.Select(epoch => (string[])
                    [
                        epoch.Epoch.ToString(CultureInfo.InvariantCulture), TrainText.Loss(epoch.TrainingLoss), Score.Text(run.Data, epoch.TrainingAccuracy, 1),
                        TrainText.Loss(epoch.TestLoss), Score.Text(run.Data, epoch.TestAccuracy, 2), string.Create(CultureInfo.InvariantCulture, $"{epoch.Seconds:F1} s"),
                    ])])),
                new("Rule", new Code(run.Rule.ToString())),
                new("Data", DataBlock.Of(run.Data)),
            ],
            Data = tables,
            Document = TrainJson.Of(run),
            Runs = [TrainTables.Run(history, run.StepsPerEpoch, started.AddSeconds(-secondsBefore))],
        };
    }

    private static Section Classes(Trained run, Confusion confusion, DataTable matrix) => new(
        "Classes", ConfusionChart(run, matrix),
        new TextTable(
            ["Class", $"{char.ToUpperInvariant(Score.Things(run.Data)[0])}{Score.Things(run.Data)[1..]} held out", "Recognised", "Most often confused with"],
            [.. run.Data.Classes.Select((name, i) => (string[])
            [
                name, confusion.Count(i).ToString(CultureInfo.InvariantCulture), TrainText.Percent(confusion.Recall(i), 1),
                confusion.MostTakenFor(i) is var (taken, count) ? string.Create(CultureInfo.InvariantCulture, $"{run.Data.Classes[taken]} ({count})") : "",
            ])]));

    private static Chart ConfusionChart(Trained run, DataTable confusion)
    {
        JsonObject Class(string field, string title) => new()
        {
            ["field"] = field, ["type"] = "nominal", ["title"] = title,
            ["sort"] = new JsonArray([.. run.Data.Classes.Select(name => JsonValue.Create(name))]),
        };
        var position = new JsonObject { ["x"] = Class("taken", "Taken for"), ["y"] = Class("actual", "Class") };
        return new(
            "Confusion matrix", "Of the held-out images. Rows are true classes, columns predicted classes; the numbers are images, the colour is the fraction of the row.",
            new()
            {
                ["$schema"] = Chart.VegaLite,
                ["data"] = new JsonObject { ["name"] = confusion.Name },
                ["width"] = "container",
                ["height"] = 30 * run.Data.Classes.Count,
                ["encoding"] = position,
                ["layer"] = new JsonArray(
                    new JsonObject
                    {
                        ["mark"] = new JsonObject { ["type"] = "rect" },
                        ["encoding"] = new JsonObject
                        {
                            ["color"] = new JsonObject
                            {
                                ["field"] = "share", ["type"] = "quantitative", ["title"] = "Fraction of the class",
                                ["scale"] = new JsonObject { ["scheme"] = "blues", ["domain"] = new JsonArray(0, 1) }, ["legend"] = new JsonObject { ["format"] = "%", ["orient"] = "bottom" },
                            },
                            ["tooltip"] = new JsonArray(
                                new JsonObject { ["field"] = "actual", ["title"] = "Class" }, new JsonObject { ["field"] = "taken", ["title"] = "Taken for" },
                                new JsonObject { ["field"] = "count", ["title"] = "Images", ["type"] = "quantitative" },
                                new JsonObject { ["field"] = "share", ["title"] = "Fraction of the class", ["type"] = "quantitative", ["format"] = ".1%" }),
                        },
                    },
                    new JsonObject
                    {
                        ["transform"] = new JsonArray(new JsonObject { ["filter"] = new JsonObject { ["field"] = "count", ["gt"] = 0 } }),
                        ["mark"] = new JsonObject { ["type"] = "text", ["fontSize"] = 10 },
                        ["encoding"] = new JsonObject
                        {
                            ["text"] = new JsonObject { ["field"] = "count", ["type"] = "quantitative" },
                            ["color"] = new JsonObject
                            {
                                ["condition"] = new JsonObject { ["test"] = new JsonObject { ["field"] = "share", ["gt"] = 0.5 }, ["value"] = "white" }, ["value"] = "#333333",
                            },
                        },
                    }),
            },
            confusion);
    }
}
