using System.Text.Json.Nodes;

namespace Optim.Reports;

/// <content>Curves with bands.</content>
public sealed partial class Chart
{
    /// <summary>A line chart with a band around each curve, such as the quartiles around a median: hovering shows all values, the legend selects curves.</summary>
    /// <param name="title">The title.</param>
    /// <param name="description">The alternative text.</param>
    /// <param name="data">One row per point.</param>
    /// <param name="x">The horizontal axis: steps, epochs.</param>
    /// <param name="y">The vertical axis, of the curves.</param>
    /// <param name="low">The column of the bands' lower ends.</param>
    /// <param name="high">The column of their upper ends.</param>
    /// <param name="series">The column with the name of the curve.</param>
    /// <param name="only">The curves to draw, if not all.</param>
    public static Chart Bands(
        string title, string description, DataTable data, Axis x, Axis y, string low, string high, string series, IReadOnlyList<string>? only = null)
    {
        var chart = Lines(title, description, data, x, y, series, only);
        var specification = chart.Specification;
        var bottom = (y with { Field = low }).Encoding();
        bottom["title"] = y.Label;
        ((JsonArray)specification["layer"]!).Insert(0, new JsonObject
        {
            ["mark"] = new JsonObject { ["type"] = "area", ["clip"] = true },
            ["encoding"] = new JsonObject
            {
                ["y"] = bottom, ["y2"] = new JsonObject { ["field"] = Axis.Escaped(high) },
                ["opacity"] = new JsonObject { ["condition"] = new JsonObject { ["param"] = "chosen", ["value"] = 0.18 }, ["value"] = 0.02 },
            },
        });
        return new(title, description, specification, data);
    }
}
