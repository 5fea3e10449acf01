using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Optim.Cli.Reports;

/// <summary>
/// A report as one HTML page: text, tables and Vega or Vega-Lite charts with their data inside. Light or dark as the reader's system is,
/// and readable on a phone. The charts are drawn by scripts from a public network; without it the page says so, and the rest stays.
/// </summary>
internal sealed class HtmlPage(string title)
{
    private readonly StringBuilder body = new();

    /// <summary>Adds a heading.</summary>
    public HtmlPage Heading(string text) => Add($"<h2>{Escape(text)}</h2>");

    /// <summary>Adds a paragraph.</summary>
    public HtmlPage Paragraph(string text) => Add($"<p>{Escape(text)}</p>");

    /// <summary>Adds a command line or other verbatim text.</summary>
    public HtmlPage Code(string text) => Add($"<pre><code>{Escape(text)}</code></pre>");

    /// <summary>Adds a paragraph that ends with a link.</summary>
    public HtmlPage Link(string text, string address) => Add($"<p>{Escape(text)} <a href=\"{Escape(address)}\">{Escape(address)}</a></p>");

    /// <summary>Adds a table; the first column holds names, the others figures.</summary>
    public HtmlPage Table(IEnumerable<string> headings, IEnumerable<IEnumerable<string>> rows)
    {
        Add("<div class=\"wide\"><table><thead>");
        Add($"<tr>{string.Concat(headings.Select(text => $"<th scope=\"col\">{Escape(text)}</th>"))}</tr></thead><tbody>");
        foreach (var row in rows)
        {
            Add($"<tr>{string.Concat(row.Select((text, i) => i == 0 ? $"<th scope=\"row\">{Escape(text)}</th>" : $"<td>{Escape(text)}</td>"))}</tr>");
        }

        return Add("</tbody></table></div>");
    }

    /// <summary>Adds a chart.</summary>
    /// <param name="specification">Its Vega or Vega-Lite specification, which its $schema tells. The serialiser escapes what could end the script.</param>
    /// <param name="description">What it shows, for those who cannot see it.</param>
    public HtmlPage Chart(JsonObject specification, string description) => Add(
        $"""
        <div class="chart" role="img" aria-label="{Escape(description)}"><p class="missing">The chart needs scripts from cdn.jsdelivr.net, which did not load.</p></div>
        <script type="application/json" class="vega-lite">
        {specification.ToJsonString()}
        </script>
        """);

    /// <summary>The page.</summary>
    public override string ToString() =>
        $$"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{{Escape(title)}}</title>
        <style>
        {{Style}}
        </style>
        <script src="https://cdn.jsdelivr.net/npm/vega@6"></script>
        <script src="https://cdn.jsdelivr.net/npm/vega-lite@6"></script>
        <script src="https://cdn.jsdelivr.net/npm/vega-embed@7"></script>
        </head>
        <body>
        <main>
        <h1>{{Escape(title)}}</h1>
        {{body}}</main>
        <script>
        {{Script}}
        </script>
        </body>
        </html>

        """;

    private const string Style =
        """
        :root { color-scheme: light dark; --text: #1b1f24; --soft: #57606a; --back: #ffffff; --line: #d0d7de; --code: #f3f4f6; --link: #0a5cc2; }
        @media (prefers-color-scheme: dark) {
          :root { --text: #e6edf3; --soft: #9aa4af; --back: #0f1318; --line: #30363d; --code: #1a2027; --link: #6cb0ff; }
        }
        body { margin: 0; background: var(--back); color: var(--text); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
        main { max-width: 60rem; margin: 0 auto; padding: 1rem; }
        h1 { font-size: 1.6rem; line-height: 1.25; }
        h2 { font-size: 1.2rem; margin-top: 2rem; }
        p { overflow-wrap: anywhere; }
        a { color: var(--link); }
        pre { background: var(--code); padding: .75rem; border-radius: 6px; white-space: pre-wrap; overflow-wrap: anywhere; }
        .wide { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        th, td { padding: .35rem .6rem; border-bottom: 1px solid var(--line); text-align: right; }
        th:first-child { text-align: left; }
        thead th { color: var(--soft); font-weight: 600; vertical-align: bottom; }
        @media (max-width: 40rem) { table { font-size: .85rem; } th, td { padding: .3rem; } }
        .chart { width: 100%; }
        .chart input[type="range"] { width: min(24rem, 60vw); vertical-align: middle; }
        .missing { color: var(--soft); }
        """;

    // The theme is drawn into the chart, so a change of the system's scheme draws it again.
    private const string Script =
        """
        const dark = matchMedia("(prefers-color-scheme: dark)");
        const narrow = matchMedia("(max-width: 40rem)");
        function draw() {
          if (typeof vegaEmbed === "undefined") return;
          for (const source of document.querySelectorAll("script.vega-lite")) {
            const text = dark.matches ? "#e6edf3" : "#1b1f24", grid = dark.matches ? "#2a3138" : "#e3e7eb";
            const config = {
              background: null, font: "system-ui, sans-serif", view: { stroke: null },
              axis: { labelColor: text, titleColor: text, gridColor: grid, domainColor: grid, tickColor: grid, labelFontSize: 12, titleFontSize: 13 },
              legend: { labelColor: text, titleColor: text, labelFontSize: 13, columns: narrow.matches ? 3 : 7 },
              title: { color: text, subtitleColor: text, fontSize: 15, anchor: "start" },
              rule: { color: text }
            };
            vegaEmbed(source.previousElementSibling, JSON.parse(source.textContent), { config, actions: false, tooltip: { theme: dark.matches ? "dark" : "light" } });
          }
        }
        dark.addEventListener("change", draw);
        narrow.addEventListener("change", draw);
        draw();
        """;

    private static string Escape(string text) => WebUtility.HtmlEncode(text);

    private HtmlPage Add(string html)
    {
        body.Append(html).Append('\n');
        return this;
    }
}
