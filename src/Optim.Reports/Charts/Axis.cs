using System.Text.Json.Nodes;
using Optim.Values;

namespace Optim.Reports;

/// <summary>A chart's axis or colour scale. Immutable.</summary>
/// <param name="Field">The column of the data.</param>
/// <param name="Title">The title.</param>
/// <param name="Unit">The unit; null if dimensionless.</param>
public sealed record Axis(string Field, string Title, string? Unit = null)
{
    /// <summary>Whether the scale is logarithmic. Non-positive values are then not drawn.</summary>
    public bool IsLogarithmic { get; init; }

    /// <summary>The number format, in d3's notation: <c>.4~g</c> (the default) four digits, <c>.1f</c> one decimal, <c>d</c> whole.</summary>
    public string Format { get; init; } = ".4~g";

    /// <summary>The axis range; null for that of the data.</summary>
    public (double Least, double Most)? Range { get; init; }

    /// <summary>Title and unit.</summary>
    public string Label => Unit is null ? Title : $"{Title} ({Unit})";

    /// <summary>The axis as a Vega-Lite position encoding.</summary>
    internal JsonObject Encoding()
    {
        var scale = new JsonObject { ["type"] = IsLogarithmic ? "log" : "linear", ["nice"] = false, ["zero"] = false };
        if (IsLogarithmic)
        {
            scale.Remove("zero");
        }

        if (Range is var (least, most))
        {
            scale["domain"] = new JsonArray(least, most);
        }

        var axis = new JsonObject { ["format"] = IsLogarithmic ? ".2~g" : Format };
        if (Format == "d" && !IsLogarithmic)
        {
            axis["tickMinStep"] = 1;
        }

        return new() { ["field"] = FieldName, ["type"] = "quantitative", ["title"] = Label, ["scale"] = scale, ["axis"] = axis };
    }

    /// <summary>The axis as a line of a tooltip.</summary>
    internal JsonObject Tooltip() => new() { ["field"] = FieldName, ["type"] = "quantitative", ["title"] = Label, ["format"] = Format };

    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(Axis), PrintMembers);

    private string FieldName => Escaped(Field);

    /// <summary>A column's name escaped as a Vega field path.</summary>
    internal static string Escaped(string field) => string.Concat(field.Select(c => c is '\\' or '.' or '[' or ']' or '"' or '\'' ? $"\\{c}" : c.ToString()));
}
