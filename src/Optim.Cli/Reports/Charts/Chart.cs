using System.Text.Json.Nodes;

namespace Optim.Cli.Reports;

/// <summary>
/// A chart of a page. Its specification names its data, <c>"data": { "name": "curves" }</c>, and holds none: the page has each table once,
/// however many charts are drawn from it.
/// </summary>
/// <param name="Title">Above it.</param>
/// <param name="Description">What it shows, for those who cannot see it.</param>
/// <param name="Specification">Vega or Vega-Lite, as its <c>$schema</c> tells. Never changed once it is here.</param>
/// <param name="Data">The tables it is drawn from; the first is the one that the page offers as a CSV file under the chart.</param>
internal sealed partial record Chart(string Title, string Description, JsonObject Specification, params IReadOnlyList<DataTable> Data) : Block
{
    public const string VegaLite = "https://vega.github.io/schema/vega-lite/v6.json", Vega = "https://vega.github.io/schema/vega/v6.json";
}
