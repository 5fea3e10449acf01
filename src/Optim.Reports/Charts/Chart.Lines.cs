using System.Text.Json.Nodes;

namespace Optim.Reports;

/// <content>Curves.</content>
public sealed partial class Chart
{
    /// <summary>A line chart with one curve per series: hovering shows all values, the legend selects curves.</summary>
    /// <param name="title">The title.</param>
    /// <param name="description">The alternative text.</param>
    /// <param name="data">One row per point.</param>
    /// <param name="x">The horizontal axis: steps, epochs.</param>
    /// <param name="y">The vertical axis.</param>
    /// <param name="series">The column with the name of the curve; null for a single one.</param>
    /// <param name="only">The curves to draw, if not all.</param>
    public static Chart Lines(
        string title, string description, DataTable data, Axis x, Axis y, string? series = null, IReadOnlyList<string>? only = null)
    {
        var names = series is null ? [] : only ?? data.Distinct(series);
        var transforms = new JsonArray();
        if (only is not null)
        {
            transforms.Add((JsonNode)new JsonObject { ["filter"] = new JsonObject { ["field"] = Axis.Escaped(series!), ["oneOf"] = Strings(only) } });
        }

        if (y.IsLogarithmic)
        {
            transforms.Add((JsonNode)new JsonObject { ["filter"] = new JsonObject { ["field"] = Axis.Escaped(y.Field), ["gt"] = 0 } });
        }

        var encoding = new JsonObject { ["x"] = x.Encoding() };
        encoding["color"] = series is null ? new JsonObject { ["value"] = Colors[0] } : Colour(series, names);
        return new(
            title, description,
            new()
            {
                ["$schema"] = VegaLite,
                ["data"] = new JsonObject { ["name"] = data.Name },
                ["transform"] = transforms,
                ["width"] = "container",
                ["height"] = 320,
                ["encoding"] = encoding,
                ["layer"] = new JsonArray(CurveLayer(y, series), DotLayer(y, series), PointerLayer(x, y, series, names)),
            },
            data);
    }

    private static JsonObject CurveLayer(Axis y, string? series)
    {
        var encoding = new JsonObject { ["y"] = y.Encoding() };
        var layer = new JsonObject { ["mark"] = new JsonObject { ["type"] = "line", ["strokeWidth"] = 2, ["clip"] = true }, ["encoding"] = encoding };
        if (series is not null)
        {
            layer["params"] = new JsonArray(LegendSelection(series));
            encoding["opacity"] = WhenChosen();
        }

        return layer;
    }

    /// <summary>A vertical rule at the pointer, with the values of all curves.</summary>
    private static JsonObject PointerLayer(Axis x, Axis y, string? series, IReadOnlyList<string> names)
    {
        var layer = new JsonObject
        {
            ["params"] = new JsonArray(new JsonObject
            {
                ["name"] = "pointed",
                ["select"] = new JsonObject
                {
                    ["type"] = "point", ["fields"] = Strings([Axis.Escaped(x.Field)]), ["nearest"] = true, ["on"] = "pointerover", ["clear"] = "pointerout",
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
                ["tooltip"] = series is null
                    ? new JsonArray(x.Tooltip(), y.Tooltip())
                    : new JsonArray([x.Tooltip(), .. names.Select(name => new JsonObject
                    {
                        ["field"] = Axis.Escaped(name), ["type"] = "quantitative", ["title"] = name, ["format"] = y.Format,
                    })]),
            },
        };
        if (series is not null)
        {
            layer["transform"] = new JsonArray(new JsonObject { ["pivot"] = Axis.Escaped(series), ["value"] = Axis.Escaped(y.Field), ["groupby"] = Strings([Axis.Escaped(x.Field)]) });
        }

        return layer;
    }

    /// <summary>A dot on each curve at the pointer. All dots exist but most are transparent: filtering them would leave axes without data.</summary>
    private static JsonObject DotLayer(Axis y, string? series)
    {
        var pointed = new JsonObject { ["param"] = "pointed", ["empty"] = false };
        return new()
        {
            ["mark"] = new JsonObject { ["type"] = "circle", ["size"] = 45, ["clip"] = true },
            ["encoding"] = new JsonObject
            {
                ["y"] = new JsonObject { ["field"] = Axis.Escaped(y.Field), ["type"] = "quantitative" },
                ["opacity"] = new JsonObject
                {
                    ["condition"] = new JsonObject
                    {
                        ["test"] = series is null ? pointed : new JsonObject { ["and"] = new JsonArray(pointed, new JsonObject { ["param"] = "chosen" }) },
                        ["value"] = 1,
                    },
                    ["value"] = 0,
                },
            },
        };
    }

    private static JsonObject LegendSelection(string series) => new()
    {
        ["name"] = "chosen", ["bind"] = "legend",
        ["select"] = new JsonObject { ["type"] = "point", ["fields"] = Strings([Axis.Escaped(series)]) },
    };

    private static JsonObject WhenChosen() => new()
    {
        ["condition"] = new JsonObject { ["param"] = "chosen", ["value"] = 1 }, ["value"] = 0.12,
    };

    private static JsonObject Colour(string series, IReadOnlyList<string> names) => new()
    {
        ["field"] = Axis.Escaped(series), ["type"] = "nominal", ["title"] = null,
        ["scale"] = Colours(names),
        ["legend"] = new JsonObject { ["orient"] = "bottom", ["symbolType"] = "stroke", ["symbolStrokeWidth"] = 3, ["symbolOpacity"] = 1 },
    };

    /// <summary>A Vega scale from names to colours.</summary>
    internal static JsonObject Colours(IReadOnlyList<string> names) => new()
    {
        ["domain"] = Strings(names), ["range"] = Strings(names.Select((_, i) => Colors[i % Colors.Count])),
    };

    private static JsonArray Strings(IEnumerable<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);
}
