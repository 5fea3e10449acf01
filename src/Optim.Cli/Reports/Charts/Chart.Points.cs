using System.Text.Json.Nodes;

namespace Optim.Cli.Reports;

/// <content>Points and bars.</content>
internal sealed partial record Chart
{
    /// <summary>A dot for each row; pointing at one shows all of it.</summary>
    /// <param name="title">Above it.</param>
    /// <param name="description">What it shows, for those who cannot see it.</param>
    /// <param name="data">A row a dot.</param>
    /// <param name="x">From left to right.</param>
    /// <param name="y">From bottom to top.</param>
    /// <param name="series">The column of texts that decides the colour; null for one colour.</param>
    public static Chart Points(string title, string description, DataTable data, Axis x, Axis y, string? series = null)
    {
        var encoding = new JsonObject
        {
            ["x"] = WithRoom(x), ["y"] = WithRoom(y),
            ["color"] = series is null ? new JsonObject { ["value"] = Palette.Web[0] } : Colour(series, data.Distinct(series)),
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

    /// <summary>An axis that goes on a little beyond its data, so that dots at the ends are whole.</summary>
    private static JsonObject WithRoom(Axis axis)
    {
        var encoding = axis.Encoding();
        if (axis.Range is null)
        {
            encoding["scale"]!["padding"] = 10;
        }

        return encoding;
    }

    /// <summary>A bar from left to right for each row, in their order.</summary>
    /// <param name="title">Above it.</param>
    /// <param name="description">What it shows, for those who cannot see it.</param>
    /// <param name="data">A row a bar.</param>
    /// <param name="names">The column with the name beside each bar.</param>
    /// <param name="value">How long each is.</param>
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
                ["mark"] = new JsonObject { ["type"] = "bar", ["color"] = Palette.Web[0], ["cornerRadiusEnd"] = 2 },
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

    /// <summary>Every column, those of axes as the axes write them.</summary>
    private static JsonArray Tooltips(DataTable data, params IReadOnlyList<Axis> axes) => new([.. data.Columns.Select(column =>
        axes.FirstOrDefault(axis => axis.Field == column.Name)?.Tooltip()
        ?? new JsonObject { ["field"] = Axis.Escaped(column.Name), ["type"] = "nominal", ["title"] = column.Name })]);
}
