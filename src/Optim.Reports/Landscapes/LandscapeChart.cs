using System.Globalization;
using System.Text.Json.Nodes;

namespace Optim.Reports;

/// <summary>Contours and paths with a step slider, as a Vega specification, since Vega-Lite has no contours.</summary>
internal static class LandscapeChart
{
    /// <summary>The name of the table of points.</summary>
    public const string PathData = "paths";

    private const int Columns = 120, Rows = 80;

    /// <summary>The chart. The grid values are in its specification, since nothing else uses them.</summary>
    /// <param name="landscape">The landscape.</param>
    /// <param name="names">The names of the paths.</param>
    /// <param name="steps">The steps of the longest path.</param>
    /// <param name="stride">The steps from one frame to the next.</param>
    /// <param name="paths">The table of points.</param>
    public static Chart Of(Landscape landscape, IReadOnlyList<string> names, int steps, int stride, DataTable paths) =>
        new($"Paths on {landscape.Title}", $"Contours of {landscape.Title} and the path of each optimizer; the table below says where they end.", new()
        {
            ["$schema"] = Chart.Vega,
            ["autosize"] = new JsonObject { ["type"] = "fit-x", ["contains"] = "padding" },
            ["signals"] = Signals(steps, stride),
            ["data"] = Data(landscape),
            ["scales"] = Scales(landscape, names),
            ["axes"] = new JsonArray(Axis("bottom", "x", AxisTitle(landscape, 0)), Axis("left", "y", AxisTitle(landscape, 1))),
            ["legends"] = new JsonArray(new JsonObject
            {
                ["stroke"] = "color", ["orient"] = "bottom", ["direction"] = "horizontal", ["symbolType"] = "stroke", ["symbolStrokeWidth"] = 3,
            }),
            ["marks"] = Marks(),
        }, paths);

    /// <summary>Five digits are enough for colours.</summary>
    private static double Short(double value) => double.Parse(value.ToString("G5", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private static JsonArray Signals(int steps, int stride) => new(
        new JsonObject
        {
            ["name"] = "width", ["init"] = "containerSize()[0]",
            ["on"] = new JsonArray(new JsonObject { ["events"] = "window:resize", ["update"] = "containerSize()[0]" }),
        },
        new JsonObject { ["name"] = "height", ["update"] = "clamp(0.65 * width, 260, 460)" },
        new JsonObject
        {
            ["name"] = "play", ["value"] = false, ["bind"] = new JsonObject { ["input"] = "checkbox", ["name"] = "Play " },
        },
        new JsonObject
        {
            ["name"] = "step", ["value"] = steps,
            ["bind"] = new JsonObject { ["input"] = "range", ["min"] = 0, ["max"] = steps, ["step"] = stride, ["name"] = "Step " },
            ["on"] = new JsonArray(new JsonObject
            {
                ["events"] = new JsonObject { ["type"] = "timer", ["throttle"] = 50 },
                ["update"] = FormattableString.Invariant($"play ? (step + {stride} > {steps} ? 0 : step + {stride}) : step"),
            }),
        });

    private static JsonArray Data(Landscape landscape)
    {
        var grid = new LandscapeGrid(landscape, Columns, Rows);
        return new(
            new JsonObject
            {
                ["name"] = "grid",
                ["values"] = new JsonArray(new JsonObject
                {
                    ["width"] = Columns, ["height"] = Rows, ["values"] = new JsonArray([.. grid.Values.Select(value => JsonValue.Create(Short(value)))]),
                }),
            },
            new JsonObject
            {
                ["name"] = "contours", ["source"] = "grid",
                ["transform"] = new JsonArray(new JsonObject
                {
                    ["type"] = "isocontour", ["thresholds"] = new JsonArray([.. grid.Levels.Select(level => JsonValue.Create(Short(level)))]),
                    ["scale"] = new JsonObject { ["expr"] = FormattableString.Invariant($"[width / {Columns}, height / {Rows}]") },
                }),
            },
            new JsonObject
            {
                ["name"] = PathData,
                ["transform"] = new JsonArray(new JsonObject { ["type"] = "filter", ["expr"] = "datum.step <= step" }),
            },
            new JsonObject
            {
                ["name"] = "heads", ["source"] = PathData,
                ["transform"] = new JsonArray(
                    new JsonObject
                    {
                        ["type"] = "window", ["groupby"] = new JsonArray("optimizer"), ["ops"] = new JsonArray("last_value"), ["fields"] = new JsonArray("step"),
                        ["as"] = new JsonArray("latest"), ["frame"] = new JsonArray(null, null),
                    },
                    new JsonObject { ["type"] = "filter", ["expr"] = "datum.step === datum.latest" }),
            },
            Points("start", [landscape.Start]),
            Points("minima", landscape.Minima));
    }

    private static JsonObject Points(string name, IReadOnlyList<IReadOnlyList<double>> points) => new()
    {
        ["name"] = name,
        ["values"] = new JsonArray([.. points.Select(point => new JsonObject { ["x"] = point[0], ["y"] = point[1] })]),
    };

    private static JsonArray Scales(Landscape landscape, IReadOnlyList<string> names)
    {
        var colour = Chart.Colours(names);
        colour["name"] = "color";
        colour["type"] = "ordinal";
        return new(Position("x", "width", landscape, 0), Position("y", "height", landscape, 1), colour);
    }

    private static JsonObject Position(string name, string range, Landscape landscape, int parameter) => new()
    {
        ["name"] = name, ["range"] = range, ["zero"] = false, ["nice"] = false,
        ["domain"] = new JsonArray(landscape.Lower[parameter], landscape.Upper[parameter]),
    };

    private static JsonObject Axis(string orient, string scale, string title) => new()
    {
        ["orient"] = orient, ["scale"] = scale, ["title"] = title, ["tickCount"] = 6,
    };

    private static string AxisTitle(Landscape landscape, int parameter) =>
        landscape.Start.Count == 2 ? parameter == 0 ? "x (first parameter)" : "y (second parameter)"
        : FormattableString.Invariant($"{(parameter == 0 ? "First" : "Second")} of {landscape.Start.Count} parameters");

    private static JsonArray Marks() => new(
        new JsonObject
        {
            ["type"] = "path", ["clip"] = true, ["from"] = From("contours"),
            ["encode"] = new JsonObject
            {
                ["update"] = new JsonObject
                {
                    ["fill"] = Value("#7a8ca3"), ["fillOpacity"] = Value(0.07), ["stroke"] = Value("#7a8ca3"), ["strokeOpacity"] = Value(0.5), ["strokeWidth"] = Value(0.7),
                    ["tooltip"] = new JsonObject { ["signal"] = "{'Value at or above': format(datum.contour.value, '.4g')}" },
                },
            },
            ["transform"] = new JsonArray(new JsonObject { ["type"] = "geopath", ["field"] = "datum.contour" }),
        },
        new JsonObject
        {
            ["type"] = "group", ["clip"] = true,
            ["from"] = new JsonObject { ["facet"] = new JsonObject { ["name"] = "path", ["data"] = PathData, ["groupby"] = "optimizer" } },
            ["encode"] = new JsonObject
            {
                ["update"] = new JsonObject { ["width"] = new JsonObject { ["signal"] = "width" }, ["height"] = new JsonObject { ["signal"] = "height" } },
            },
            ["marks"] = new JsonArray(Symbols("line", "path", new() { ["stroke"] = Series(), ["strokeWidth"] = Value(2), ["strokeJoin"] = Value("round") })),
        },
        Symbols("symbol", "start", new() { ["shape"] = Value("cross"), ["size"] = Value(110), ["fill"] = Value("#7a8ca3"), ["stroke"] = Value("#ffffff") }),
        Symbols("symbol", "minima", new() { ["shape"] = Value("diamond"), ["size"] = Value(120), ["fill"] = Value("#ffffff"), ["stroke"] = Value("#1b1f24"), ["strokeWidth"] = Value(1.5) }),
        Symbols("symbol", "heads", new()
        {
            ["shape"] = Value("circle"), ["size"] = Value(70), ["fill"] = Series(), ["stroke"] = Value("#ffffff"),
            ["tooltip"] = new JsonObject { ["signal"] = "{'Optimizer': datum.optimizer, 'Step': datum.step, 'x': datum.x, 'y': datum.y, 'Value': datum.value}" },
        }));

    private static JsonObject Symbols(string type, string data, JsonObject channels)
    {
        channels["x"] = new JsonObject { ["scale"] = "x", ["field"] = "x" };
        channels["y"] = new JsonObject { ["scale"] = "y", ["field"] = "y" };
        return new() { ["type"] = type, ["clip"] = true, ["from"] = From(data), ["encode"] = new JsonObject { ["update"] = channels } };
    }

    private static JsonObject Series() => new() { ["scale"] = "color", ["field"] = "optimizer" };

    private static JsonObject From(string data) => new() { ["data"] = data };

    private static JsonObject Value(JsonNode value) => new() { ["value"] = value };
}
