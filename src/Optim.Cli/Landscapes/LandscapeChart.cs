using System.Globalization;
using System.Text.Json.Nodes;
using Optim.Cli.Reports;

namespace Optim.Cli.Landscapes;

/// <summary>Contours and paths with a step slider, as a Vega specification, since Vega-Lite has no contours.</summary>
internal static class LandscapeChart
{
    /// <summary>The name of the table of points.</summary>
    public const string PathData = "paths";

    private const int Columns = 120, Rows = 80, MostFrames = 400;

    /// <summary>The chart. The grid values are in its specification, since nothing else uses them.</summary>
    public static Chart Of(LandscapeRun run, DataTable paths)
    {
        var frames = Frames(run);
        return new($"Paths on {run.Landscape.Title}", $"Contours of {run.Landscape.Title} and the path of each optimizer; the table below says where they end.", new()
        {
            ["$schema"] = Chart.Vega,
            ["autosize"] = new JsonObject { ["type"] = "fit-x", ["contains"] = "padding" },
            ["signals"] = Signals(run.Steps, frames.Count > 1 ? frames[1] : 1),
            ["data"] = Data(run),
            ["scales"] = Scales(run),
            ["axes"] = new JsonArray(Axis("bottom", "x", AxisTitle(run, 0)), Axis("left", "y", AxisTitle(run, 1))),
            ["legends"] = new JsonArray(new JsonObject
            {
                ["stroke"] = "color", ["orient"] = "bottom", ["direction"] = "horizontal", ["symbolType"] = "stroke", ["symbolStrokeWidth"] = 3,
            }),
            ["marks"] = Marks(),
        }, paths);
    }

    /// <summary>The steps shown: all, or a sample if there are very many.</summary>
    public static IReadOnlyList<int> Frames(LandscapeRun run)
    {
        int stride = (run.Steps + MostFrames - 1) / MostFrames;
        return [.. Enumerable.Range(0, (run.Steps / stride) + 1).Select(i => i * stride)];
    }

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

    private static JsonArray Data(LandscapeRun run)
    {
        var grid = new LandscapeGrid(run.Landscape, Columns, Rows);
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
            Points("start", [run.Landscape.Start]),
            Points("minima", run.Landscape.Minima));
    }

    private static JsonObject Points(string name, IReadOnlyList<IReadOnlyList<double>> points) => new()
    {
        ["name"] = name,
        ["values"] = new JsonArray([.. points.Select(point => new JsonObject { ["x"] = point[0], ["y"] = point[1] })]),
    };

    private static JsonArray Scales(LandscapeRun run)
    {
        var colour = Chart.Colours([.. run.Paths.Select(path => path.Contestant.Title)]);
        colour["name"] = "color";
        colour["type"] = "ordinal";
        return new(Position("x", "width", run, 0), Position("y", "height", run, 1), colour);
    }

    private static JsonObject Position(string name, string range, LandscapeRun run, int parameter) => new()
    {
        ["name"] = name, ["range"] = range, ["zero"] = false, ["nice"] = false,
        ["domain"] = new JsonArray(run.Landscape.Lower[parameter], run.Landscape.Upper[parameter]),
    };

    private static JsonObject Axis(string orient, string scale, string title) => new()
    {
        ["orient"] = orient, ["scale"] = scale, ["title"] = title, ["tickCount"] = 6,
    };

    private static string AxisTitle(LandscapeRun run, int parameter) =>
        run.Landscape.Start.Count == 2 ? parameter == 0 ? "x (first parameter)" : "y (second parameter)"
        : FormattableString.Invariant($"{(parameter == 0 ? "First" : "Second")} of {run.Landscape.Start.Count} parameters");

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
