using System.Text.Json.Nodes;

namespace Optim.Reports;

/// <summary>The charts of studies.</summary>
internal static class StudyCharts
{
    /// <summary>Every trial's value in order, and the best so far.</summary>
    /// <param name="trials">One row per trial: <c>trial</c>, <c>state</c>, its last value and the best so far.</param>
    /// <param name="last">The last value.</param>
    /// <param name="best">The column of the best so far.</param>
    /// <param name="title">The title.</param>
    /// <param name="description">The alternative text.</param>
    /// <param name="tooltips">The columns shown when pointing at a trial.</param>
    public static Chart History(DataTable trials, Axis last, string best, string title, string description, IReadOnlyList<string> tooltips)
    {
        var x = new Axis("trial", "Trial") { Format = "d" };
        return new(
            title, description,
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
                        ["transform"] = Drawable(last with { Field = best }),
                        ["mark"] = new JsonObject { ["type"] = "line", ["interpolate"] = "step-after", ["strokeWidth"] = 2, ["color"] = Chart.Colors[3] },
                        ["encoding"] = new JsonObject { ["y"] = (last with { Field = best }).Encoding() },
                    },
                    new JsonObject
                    {
                        ["transform"] = Drawable(last),
                        ["mark"] = new JsonObject { ["type"] = "circle", ["size"] = 50 },
                        ["encoding"] = new JsonObject
                        {
                            ["y"] = last.Encoding(),
                            ["color"] = new JsonObject
                            {
                                ["field"] = "state", ["type"] = "nominal", ["title"] = null, ["scale"] = Chart.Colours(["complete", "pruned", "failed"]),
                                ["legend"] = new JsonObject { ["orient"] = "bottom" },
                            },
                            ["tooltip"] = Tooltips(trials, tooltips),
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
                ["color"] = new JsonObject { ["value"] = Chart.Colors[0] },
                ["opacity"] = new JsonObject
                {
                    ["field"] = "rank", ["type"] = "quantitative", ["title"] = "Rank (1 is best)", ["scale"] = new JsonObject { ["range"] = new JsonArray(1, 0.08) },
                    ["legend"] = new JsonObject { ["orient"] = "bottom" },
                },
                ["tooltip"] = Tooltips(parallel, ["trial", "rank", "parameter", "value"]),
            },
        },
        parallel);

    private static JsonArray Drawable(Axis axis) => axis.IsLogarithmic
        ? new(new JsonObject { ["filter"] = new JsonObject { ["field"] = Axis.Escaped(axis.Field), ["gt"] = 0 } })
        : new(new JsonObject { ["filter"] = new JsonObject { ["field"] = Axis.Escaped(axis.Field), ["valid"] = true } });

    private static JsonArray Tooltips(DataTable data, IReadOnlyList<string> columns) => new([.. data.Columns.Where(column => columns.Contains(column.Name)).Select(column =>
        column.Kind == ColumnKind.Number ? new Axis(column.Name, column.Name).Tooltip() : new JsonObject { ["field"] = Axis.Escaped(column.Name), ["type"] = "nominal", ["title"] = column.Name })]);
}
