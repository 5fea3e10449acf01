using System.Text.Json.Nodes;

namespace Optim.Reports;

/// <content>Points and bars.</content>
public sealed partial class Chart
{
    /// <summary>A scatter plot with one dot per row; hovering shows the row.</summary>
    /// <param name="title">The title.</param>
    /// <param name="description">The alternative text.</param>
    /// <param name="data">One row per dot.</param>
    /// <param name="x">The horizontal axis.</param>
    /// <param name="y">The vertical axis.</param>
    /// <param name="series">The text column for the colour; null for a single colour.</param>
    public static Chart Points(string title, string description, DataTable data, Axis x, Axis y, string? series = null)
    {
        var encoding = new JsonObject
        {
            ["x"] = WithRoom(x), ["y"] = WithRoom(y),
            ["color"] = series is null ? new JsonObject { ["value"] = Colors[0] } : Colour(series, data.Distinct(series)),
            ["tooltip"] = Tooltips(data, x, y),
        };
        var specification = new JsonObject
        {
            ["$schema"] = VegaLite,
            ["data"] = new JsonObject { ["name"] = data.Name },
            ["width"] = "container",
            ["height"] = 320,
            ["mark"] = new JsonObject { ["type"] = "circle", ["size"] = 60, ["clip"] = true },
            ["encoding"] = encoding,
        };
        if (series is not null)
        {
            encoding["color"]!["legend"] = new JsonObject { ["orient"] = "bottom" };
            specification["params"] = new JsonArray(LegendSelection(series));
            encoding["opacity"] = WhenChosen();
        }
        else
        {
            encoding["opacity"] = new JsonObject { ["value"] = 0.75 };
        }

        return new(title, description, specification, data);
    }

    /// <summary>An axis with padding, so that dots at the ends are not clipped.</summary>
    private static JsonObject WithRoom(Axis axis)
    {
        var encoding = axis.Encoding();
        if (axis.Range is null)
        {
            encoding["scale"]!["padding"] = 10;
        }

        return encoding;
    }

    /// <summary>A horizontal bar chart with one bar per row, in order.</summary>
    /// <param name="title">The title.</param>
    /// <param name="description">The alternative text.</param>
    /// <param name="data">One row per bar.</param>
    /// <param name="names">The column with the bar labels.</param>
    /// <param name="value">The length of the bars.</param>
    public static Chart Bars(string title, string description, DataTable data, string names, Axis value)
    {
        var x = value.Encoding();
        x["scale"] = new JsonObject { ["zero"] = true };
        return new(
            title, description,
            new()
            {
                ["$schema"] = VegaLite,
                ["data"] = new JsonObject { ["name"] = data.Name },
                ["width"] = "container",
                ["height"] = 24 * Math.Max(1, data.Rows.Count),
                ["mark"] = new JsonObject { ["type"] = "bar", ["color"] = Colors[0], ["cornerRadiusEnd"] = 2 },
                ["encoding"] = new JsonObject
                {
                    ["y"] = new JsonObject
                    {
                        ["field"] = Axis.Escaped(names), ["type"] = "nominal", ["sort"] = null, ["title"] = null, ["axis"] = new JsonObject { ["labelLimit"] = 140 },
                    },
                    ["x"] = x,
                    ["tooltip"] = Tooltips(data, value),
                },
            },
            data);
    }

    /// <summary>Every column, with axes' number formats.</summary>
    private static JsonArray Tooltips(DataTable data, params IReadOnlyList<Axis> axes) => new([.. data.Columns.Select(column =>
        axes.FirstOrDefault(axis => axis.Field == column.Name)?.Tooltip()
        ?? new JsonObject { ["field"] = Axis.Escaped(column.Name), ["type"] = "nominal", ["title"] = column.Name })]);
}
