using System.Globalization;
using System.Text.Json.Nodes;

namespace Optim.Reports;

/// <content>Parallel coordinates.</content>
public sealed partial class Chart
{
    private const string Parameter = "parameter", Position = "position", Shown = "value";

    /// <summary>One line per row across one vertical axis per column, showing which values go with a good score.</summary>
    /// <param name="title">The title.</param>
    /// <param name="description">The alternative text.</param>
    /// <param name="data">One row per line; empty cells are skipped.</param>
    /// <param name="row">The column with unique row names.</param>
    /// <param name="axes">The columns, from left to right: numbers, or texts in order of first occurrence.</param>
    /// <param name="score">The numeric column for the colour.</param>
    public static Chart Parallel(string title, string description, DataTable data, string row, IReadOnlyList<Axis> axes, Axis score)
    {
        var scales = axes.Select(axis => new ParallelScale(data, axis)).ToList();
        int name = data.IndexOf(row), colour = data.IndexOf(score.Field);
        var points = DataTable.Of(
            $"{data.Name}-parallel",
            data.Rows.Where(cells => cells[colour] is double).SelectMany(cells => scales.Where(scale => scale.At(cells) is not null).Select(scale => (Cells: cells, Scale: scale))),
            Column.Text<(IReadOnlyList<object?> Cells, ParallelScale Scale)>(row, point => Convert.ToString(point.Cells[name], CultureInfo.InvariantCulture)),
            Column.Text<(IReadOnlyList<object?> Cells, ParallelScale Scale)>(Parameter, point => point.Scale.Axis.Label),
            Column.Number<(IReadOnlyList<object?> Cells, ParallelScale Scale)>(Position, point => point.Scale.At(point.Cells)),
            Column.Text<(IReadOnlyList<object?> Cells, ParallelScale Scale)>(Shown, point => point.Scale.Text(point.Cells)),
            Column.Number<(IReadOnlyList<object?> Cells, ParallelScale Scale)>("score", point => (double)point.Cells[colour]!));
        var marks = DataTable.Of(
            $"{data.Name}-parallel-marks", scales.SelectMany(scale => scale.Marks().Select(mark => (scale.Axis.Label, mark.Position, mark.Text))),
            Column.Text<(string Label, double Position, string Text)>(Parameter, mark => mark.Label),
            Column.Number<(string Label, double Position, string Text)>(Position, mark => mark.Position),
            Column.Text<(string Label, double Position, string Text)>(Shown, mark => mark.Text));
        var x = new JsonObject
        {
            ["field"] = Parameter, ["type"] = "nominal", ["sort"] = Strings(axes.Select(axis => axis.Label)), ["title"] = null,
            ["scale"] = new JsonObject { ["type"] = "point", ["padding"] = 0.35 },
            ["axis"] = new JsonObject { ["labelAngle"] = -20, ["domain"] = false, ["grid"] = true, ["labelLimit"] = 120 },
        };
        var y = new JsonObject { ["field"] = Position, ["type"] = "quantitative", ["axis"] = null, ["scale"] = new JsonObject { ["domain"] = new JsonArray(0, 1) } };
        return new(
            title, description,
            new()
            {
                ["$schema"] = VegaLite,
                ["width"] = "container",
                ["height"] = 320,
                ["data"] = new JsonObject { ["name"] = points.Name },
                ["encoding"] = new JsonObject { ["x"] = x, ["y"] = y },
                ["layer"] = new JsonArray(LineLayer(row, score), MarkLayer(marks.Name)),
            },
            points, marks);
    }

    private static JsonObject LineLayer(string row, Axis score) => new()
    {
        ["params"] = new JsonArray(new JsonObject
        {
            ["name"] = "pointed",
            ["select"] = new JsonObject { ["type"] = "point", ["fields"] = Strings([Axis.Escaped(row)]), ["on"] = "pointerover", ["clear"] = "pointerout" },
        }),
        ["mark"] = new JsonObject { ["type"] = "line", ["strokeWidth"] = 2 },
        ["encoding"] = new JsonObject
        {
            ["detail"] = new JsonObject { ["field"] = Axis.Escaped(row), ["type"] = "nominal" },
            ["color"] = new JsonObject
            {
                ["field"] = "score", ["type"] = "quantitative", ["title"] = score.Label, ["scale"] = new JsonObject { ["scheme"] = "viridis" },
                ["legend"] = new JsonObject { ["orient"] = "bottom", ["format"] = score.Format },
            },
            ["opacity"] = new JsonObject
            {
                ["condition"] = new JsonObject { ["param"] = "pointed", ["value"] = 0.8 }, ["value"] = 0.1,
            },
            ["tooltip"] = new JsonArray(
                new JsonObject { ["field"] = Axis.Escaped(row), ["type"] = "nominal" },
                new JsonObject { ["field"] = "score", ["type"] = "quantitative", ["title"] = score.Label, ["format"] = score.Format }),
        },
    };

    private static JsonObject MarkLayer(string data) => new()
    {
        ["data"] = new JsonObject { ["name"] = data },
        ["mark"] = new JsonObject { ["type"] = "text", ["align"] = "left", ["dx"] = 4, ["color"] = "currentColor", ["fontSize"] = 11, ["limit"] = 80 },
        ["encoding"] = new JsonObject { ["text"] = new JsonObject { ["field"] = Shown, ["type"] = "nominal" } },
    };
}

/// <summary>From a column's cells to positions on a vertical axis, 0 at the bottom and 1 at the top.</summary>
internal sealed class ParallelScale
{
    private const int Digits = 3;

    private readonly int column;
    private readonly IReadOnlyList<string>? names;
    private readonly double least;
    private readonly double most;

    public ParallelScale(DataTable data, Axis axis)
    {
        Axis = axis;
        column = data.IndexOf(axis.Field);
        if (data.Columns[column].Kind is ColumnKind.Text or ColumnKind.Flag)
        {
            names = [.. data.Rows.Select(Text).Where(text => text is not null).Select(text => text!).Distinct(StringComparer.Ordinal)];
            return;
        }

        double[] values = [.. data.Rows.Select(Scaled).Where(double.IsFinite)];
        (least, most) = values.Length == 0 ? (0, 0) : (values.Min(), values.Max());
    }

    public Axis Axis { get; }

    /// <summary>The position of a row's cell; null if it is empty.</summary>
    public double? At(IReadOnlyList<object?> cells)
    {
        if (names is not null)
        {
            return Text(cells) is not { } text ? null : names.Count == 1 ? 0.5 : (double)names.ToList().IndexOf(text) / (names.Count - 1);
        }

        double value = Scaled(cells);
        return !double.IsFinite(value) ? null : most == least ? 0.5 : (value - least) / (most - least);
    }

    /// <summary>A row's cell as text; null if it is empty.</summary>
    public string? Text(IReadOnlyList<object?> cells) => cells[column] switch
    {
        null => null,
        double number => number.ToString($"G{Digits}", CultureInfo.InvariantCulture),
        var other => Convert.ToString(other, CultureInfo.InvariantCulture),
    };

    /// <summary>The axis labels: every text, or the ends.</summary>
    public IEnumerable<(double Position, string Text)> Marks() =>
        names is not null ? names.Select((name, i) => (names.Count == 1 ? 0.5 : (double)i / (names.Count - 1), name))
        : most == least ? [(0.5, Number(least))]
        : [(0, Number(least)), (1, Number(most))];

    private double Scaled(IReadOnlyList<object?> cells)
    {
        double value = cells[column] switch { double number => number, long whole => whole, _ => double.NaN };
        return Axis.IsLogarithmic ? Math.Log10(value) : value;
    }

    private string Number(double scaled) => (Axis.IsLogarithmic ? Math.Pow(10, scaled) : scaled).ToString($"G{Digits}", CultureInfo.InvariantCulture);
}
