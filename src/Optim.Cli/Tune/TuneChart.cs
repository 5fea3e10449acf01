using System.Text.Json.Nodes;
using Optim.Cli.Reports;

namespace Optim.Cli.Tune;

/// <summary>The charts specific to tuning.</summary>
internal static class TuneChart
{
    /// <summary>Every trial's loss in order, and the lowest so far.</summary>
    public static Chart History(DataTable trials)
    {
        var x = new Axis("trial", "Trial") { Format = "d" };
        var y = new Axis("lastLoss", "Validation loss", "mean cross-entropy, nats") { IsLogarithmic = true };
        return new(
            "Loss by trial", "The validation loss of each trial in order, and the lowest of the complete trials so far.",
            new()
            {
                ["$schema"] = Chart.VegaLite,
                ["data"] = new JsonObject { ["name"] = trials.Name },
                ["width"] = "container",
                ["height"] = 320,
                ["encoding"] = new JsonObject { ["x"] = x.Encoding() },
                ["layer"] = new JsonArray(
                    new JsonObject
                    {
                        ["transform"] = new JsonArray(Positive("bestLossSoFar")),
                        ["mark"] = new JsonObject { ["type"] = "line", ["interpolate"] = "step-after", ["strokeWidth"] = 2, ["color"] = Palette.Web[3] },
                        ["encoding"] = new JsonObject { ["y"] = (y with { Field = "bestLossSoFar" }).Encoding() },
                    },
                    new JsonObject
                    {
                        ["transform"] = new JsonArray(Positive("lastLoss")),
                        ["mark"] = new JsonObject { ["type"] = "circle", ["size"] = 50 },
                        ["encoding"] = new JsonObject
                        {
                            ["y"] = y.Encoding(),
                            ["color"] = new JsonObject
                            {
                                ["field"] = "state", ["type"] = "nominal", ["title"] = null, ["scale"] = Chart.Colours(["complete", "pruned", "failed"]),
                                ["legend"] = new JsonObject { ["orient"] = "bottom" },
                            },
                            ["tooltip"] = Tooltips(trials, "trial", "state", "validationLoss", "validationAccuracy", "epochs", "optimizer", "learning-rate", "schedule"),
                        },
                    }),
            },
            trials);
    }

    /// <summary>One line per trial through the positions of its parameters.</summary>
    public static Chart Parallel(DataTable parallel, IReadOnlyList<string> parameters) => new(
        "Parallel coordinates", "Each trial as a line through its parameters, low at the bottom and high at the top; the better trials are stronger.",
        new()
        {
            ["$schema"] = Chart.VegaLite,
            ["data"] = new JsonObject { ["name"] = parallel.Name },
            ["width"] = "container",
            ["height"] = 320,
            ["mark"] = new JsonObject { ["type"] = "line", ["strokeWidth"] = 1.5 },
            ["encoding"] = new JsonObject
            {
                ["x"] = new JsonObject
                {
                    ["field"] = "parameter", ["type"] = "nominal", ["title"] = "Parameter", ["sort"] = new JsonArray([.. parameters.Select(name => JsonValue.Create(name))]),
                    ["axis"] = new JsonObject { ["labelAngle"] = -30, ["grid"] = true },
                },
                ["y"] = new JsonObject
                {
                    ["field"] = "position", ["type"] = "quantitative", ["title"] = "From the lowest to the highest value (%)", ["scale"] = new JsonObject { ["domain"] = new JsonArray(0, 1) },
                    ["axis"] = new JsonObject { ["format"] = ".0%" },
                },
                ["detail"] = new JsonObject { ["field"] = "trial", ["type"] = "nominal" },
                ["color"] = new JsonObject { ["value"] = Palette.Web[0] },
                ["opacity"] = new JsonObject
                {
                    ["field"] = "rank", ["type"] = "quantitative", ["title"] = "Rank (1 is best)", ["scale"] = new JsonObject { ["range"] = new JsonArray(1, 0.08) },
                    ["legend"] = new JsonObject { ["orient"] = "bottom" },
                },
                ["tooltip"] = Tooltips(parallel, "trial", "rank", "parameter", "value"),
            },
        },
        parallel);

    private static JsonObject Positive(string field) => new() { ["filter"] = new JsonObject { ["field"] = field, ["gt"] = 0 } };

    private static JsonArray Tooltips(DataTable data, params string[] columns) => new([.. data.Columns.Where(column => columns.Contains(column.Name)).Select(column =>
        column.Kind == ColumnKind.Number ? new Axis(column.Name, column.Name).Tooltip() : new JsonObject { ["field"] = Axis.Escaped(column.Name), ["type"] = "nominal", ["title"] = column.Name })]);
}
