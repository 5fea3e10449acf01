using System.Text.Json.Nodes;

namespace Optim.Reports;

/// <summary>
/// A chart of a page. Its specification refers to its data by name, <c>"data": { "name": "curves" }</c>, and contains none: the page has each table once,
/// however many charts use it.
/// </summary>
public sealed partial class Chart : Block
{
    /// <summary>The schema of a Vega-Lite specification.</summary>
    public const string VegaLite = "https://vega.github.io/schema/vega-lite/v6.json";

    /// <summary>The schema of a Vega specification.</summary>
    public const string Vega = "https://vega.github.io/schema/vega/v6.json";

    private readonly JsonObject specification;

    /// <summary>A chart by its specification.</summary>
    /// <param name="title">The title.</param>
    /// <param name="description">The alternative text.</param>
    /// <param name="specification">Vega or Vega-Lite, according to its <c>$schema</c>; copied.</param>
    /// <param name="data">The tables it uses; the page offers the first as a CSV download under the chart.</param>
    public Chart(string title, string description, JsonObject specification, params IReadOnlyList<DataTable> data)
    {
        ArgumentNullException.ThrowIfNull(title);
        ArgumentNullException.ThrowIfNull(description);
        ArgumentNullException.ThrowIfNull(specification);
        ArgumentNullException.ThrowIfNull(data);
        this.specification = (JsonObject)specification.DeepClone();
        (Title, Description, Data) = (title, description, data);
    }

    /// <summary>The colours of series, in order, as in CSS: distinguishable with red-green colour blindness, and legible on light and dark backgrounds.</summary>
    public static IReadOnlyList<string> Colors { get; } = Array.AsReadOnly<string>(["#1f83d6", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#8f7ee7"]);

    /// <summary>The title.</summary>
    public string Title { get; }

    /// <summary>The alternative text.</summary>
    public string Description { get; }

    /// <summary>The specification, a copy.</summary>
    public JsonObject Specification => (JsonObject)specification.DeepClone();

    /// <summary>The tables it uses.</summary>
    public IReadOnlyList<DataTable> Data { get; }
}
