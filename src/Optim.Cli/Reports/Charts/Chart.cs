using System.Text.Json.Nodes;

namespace Optim.Cli.Reports;

/// <summary>
/// A chart of a page. Its specification refers to its data by name, <c>"data": { "name": "curves" }</c>, and contains none: the page has each table once,
/// however many charts use it.
/// </summary>
/// <param name="Title">The title.</param>
/// <param name="Description">The alternative text.</param>
/// <param name="Specification">Vega or Vega-Lite, according to its <c>$schema</c>. Never modified.</param>
/// <param name="Data">The tables it uses; the page offers the first as a CSV download under the chart.</param>
internal sealed partial record Chart(string Title, string Description, JsonObject Specification, params IReadOnlyList<DataTable> Data) : Block
{
    public const string VegaLite = "https://vega.github.io/schema/vega-lite/v6.json", Vega = "https://vega.github.io/schema/vega/v6.json";
}
