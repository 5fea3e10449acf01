using System.Globalization;
using System.Text.Json.Nodes;
using Optim.Cli.Reports;
using Optim.Cli.Training;

namespace Optim.Cli.Compare;

/// <summary>A comparison as an HTML page.</summary>
internal static class ComparisonReport
{
    /// <summary>The page.</summary>
    public static string Of(Comparison comparison)
    {
        var settings = comparison.Settings;
        var charted = comparison.Charted(Palette.Web.Count);
        string which = charted.Count < comparison.Results.Count
            ? string.Create(CultureInfo.InvariantCulture, $" The charts show the {charted.Count} lowest final losses of {comparison.Results.Count}.") : "";
        return new HtmlPage("Optimizers compared on handwritten digits")
            .Paragraph(ComparisonText.Setting(settings) + " Every optimizer starts from the same weights and sees the same batches." + which)
            .Heading("Training loss")
            .Chart(
                Chart(charted, "Training loss (mean cross-entropy, nats)", point => point.TrainingLoss, ".4f", new() { ["type"] = "log", ["nice"] = false }),
                "Training loss by epoch for each optimizer; the table below has the final values.")
            .Heading("Test accuracy")
            .Chart(
                Chart(
                    charted, "Test accuracy (% of held-out digits)", point => 100 * point.TestAccuracy, ".1f",
                    new() { ["domain"] = new JsonArray(LeastAccuracy(charted), 100) }),
                "Test accuracy by epoch for each optimizer; the table below has the final values.")
            .Paragraph("Point at a curve for its values; click names in the legend to single curves out (shift-click for several), double-click for all.")
            .Heading("Results")
            .Table(
                ["Optimizer", "Learning rate", "Final training loss (nats)", "Test accuracy", "Time in optimizer", "Time in all"],
                comparison.Results.Select(result => (string[])
                [
                    result.Contestant.Title, result.Contestant.LearningRate.ToString(CultureInfo.InvariantCulture),
                    ComparisonText.Loss(result), ComparisonText.Accuracy(result.Run.Final.TestAccuracy),
                    ComparisonText.Milliseconds(result.Run.OptimizerTime), ComparisonText.Milliseconds(result.Run.TotalTime),
                ]))
            .Heading("To repeat it")
            .Code(ComparisonText.Command(settings))
            .Paragraph("The same seed gives the same losses and accuracies on every machine; times differ.")
            .Heading("Data")
            .Link($"{Digits.Name}. {Digits.Source}. Licence: {Digits.License}.", Digits.Address)
            .ToString();
    }

    /// <summary>Where the axis of the accuracy begins: the first epochs may fall below, but no optimizer's end.</summary>
    private static int LeastAccuracy(IReadOnlyList<Result> results) => results.All(result => result.Run.Final.TestAccuracy > 0.85) ? 80 : 0;

    private static JsonObject Chart(IReadOnlyList<Result> results, string axis, Func<EpochPoint, double> value, string format, JsonObject scale)
    {
        var titles = results.Select(result => result.Contestant.Title).ToList();
        var values = results.SelectMany(result => result.Run.Curve
            .Where(point => double.IsFinite(point.TrainingLoss) && point.TrainingLoss > 0)
            .Select(point => new JsonObject { ["epoch"] = point.Epoch, ["value"] = value(point), ["optimizer"] = result.Contestant.Title }));
        return new JsonObject
        {
            ["$schema"] = "https://vega.github.io/schema/vega-lite/v6.json",
            ["data"] = new JsonObject { ["values"] = new JsonArray([.. values]) },
            ["width"] = "container",
            ["height"] = 340,
            ["encoding"] = new JsonObject
            {
                ["x"] = new JsonObject
                {
                    ["field"] = "epoch", ["type"] = "quantitative", ["title"] = "Epoch (passes over the training digits)",
                    ["axis"] = new JsonObject { ["tickMinStep"] = 1, ["tickCount"] = 10, ["format"] = "d" },
                },
                ["color"] = new JsonObject
                {
                    ["field"] = "optimizer", ["type"] = "nominal", ["title"] = null,
                    ["scale"] = new JsonObject
                    {
                        ["domain"] = Strings(titles),
                        ["range"] = Strings(titles.Select((_, i) => Palette.Web[i % Palette.Web.Count])),
                    },
                    ["legend"] = new JsonObject { ["orient"] = "bottom", ["symbolType"] = "stroke", ["symbolStrokeWidth"] = 3 },
                },
            },
            ["layer"] = new JsonArray(Lines(axis, scale), Pointer(titles, format), Dots()),
        };
    }

    private static JsonObject Lines(string axis, JsonObject scale) => new()
    {
        ["params"] = new JsonArray(new JsonObject
        {
            ["name"] = "chosen", ["bind"] = "legend",
            ["select"] = new JsonObject { ["type"] = "point", ["fields"] = Strings(["optimizer"]) },
        }),
        ["mark"] = new JsonObject { ["type"] = "line", ["strokeWidth"] = 2, ["clip"] = true },
        ["encoding"] = new JsonObject
        {
            ["y"] = new JsonObject { ["field"] = "value", ["type"] = "quantitative", ["title"] = axis, ["scale"] = scale },
            ["opacity"] = When("chosen", 1, 0.12),
        },
    };

    /// <summary>A vertical line at the epoch pointed at, with the values of all curves.</summary>
    private static JsonObject Pointer(IEnumerable<string> titles, string format) => new()
    {
        ["transform"] = new JsonArray(new JsonObject
        {
            ["pivot"] = "optimizer", ["value"] = "value", ["groupby"] = Strings(["epoch"]),
        }),
        ["params"] = new JsonArray(new JsonObject
        {
            ["name"] = "pointed",
            ["select"] = new JsonObject
            {
                ["type"] = "point", ["fields"] = Strings(["epoch"]), ["nearest"] = true, ["on"] = "pointerover", ["clear"] = "pointerout",
            },
        }),
        ["mark"] = new JsonObject { ["type"] = "rule", ["strokeWidth"] = 1 },
        ["encoding"] = new JsonObject
        {
            ["color"] = null,
            ["opacity"] = new JsonObject
            {
                ["condition"] = new JsonObject { ["param"] = "pointed", ["empty"] = false, ["value"] = 0.5 }, ["value"] = 0,
            },
            ["tooltip"] = new JsonArray(
            [
                new JsonObject { ["field"] = "epoch", ["type"] = "quantitative", ["title"] = "Epoch" },
                .. titles.Select(title => new JsonObject { ["field"] = title, ["type"] = "quantitative", ["format"] = format }),
            ]),
        },
    };

    private static JsonObject Dots() => new()
    {
        ["transform"] = new JsonArray(new JsonObject { ["filter"] = new JsonObject { ["param"] = "pointed", ["empty"] = false } }),
        ["mark"] = new JsonObject { ["type"] = "circle", ["size"] = 45, ["clip"] = true },
        ["encoding"] = new JsonObject
        {
            ["y"] = new JsonObject { ["field"] = "value", ["type"] = "quantitative" },
            ["opacity"] = When("chosen", 1, 0.12),
        },
    };

    private static JsonObject When(string parameter, double then, double otherwise) => new()
    {
        ["condition"] = new JsonObject { ["param"] = parameter, ["value"] = then }, ["value"] = otherwise,
    };

    private static JsonArray Strings(IEnumerable<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);
}
