using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Optim.Reports;

/// <summary>
/// A report as one HTML page: text, tables, charts, and their data. Light or dark following the system setting, and readable on a
/// phone and on paper. Charts are drawn by scripts (<see cref="ChartScripts"/>); without them the page says so and shows the rest.
/// </summary>
internal static class HtmlPage
{
    /// <summary>The page.</summary>
    /// <param name="report">The report.</param>
    /// <param name="scripts">The source of the charts' scripts.</param>
    public static string Of(Report report, ChartScripts scripts)
    {
        var body = new StringBuilder();
        string missing = ScriptElements.Missing(scripts);
        Add(body, $"<h1>{Escape(report.Title)}</h1>");
        if (report.Summary.Length > 0)
        {
            Add(body, $"<p>{Escape(report.Summary)}</p>");
        }

        foreach (var section in report.Sections)
        {
            Add(body, $"<h2>{Escape(section.Heading)}</h2>");
            foreach (var block in section.Blocks)
            {
                Add(body, Html(block, missing));
            }
        }

        if (report.Origin is { } origin)
        {
            Add(body, Html(origin));
        }

        foreach (var table in Tables(report))
        {
            Add(body, $"<script type=\"application/json\" class=\"data\">{PageData.Of(table)}</script>");
        }

        return $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta name="generator" content="Optim {Escape(ReportOrigin.Version)}">
            <title>{Escape(report.Title)}</title>
            <style>
            {Resource("page.css")}</style>
            {ScriptElements.Html(scripts)}
            </head>
            <body>
            <main>
            {body}</main>
            <script>
            {Resource("page.js")}</script>
            </body>
            </html>

            """;
    }

    private static string Html(Block block, string missing) => block switch
    {
        Paragraph paragraph => $"<p>{Escape(paragraph.Text)}</p>",
        Link link => $"<p>{Escape(link.Text)} <a href=\"{Escape(link.Address)}\">{Escape(link.Address)}</a></p>",
        Code code => $"<pre><code>{Escape(code.Text)}</code></pre>",
        TextTable table => Html(table),
        Chart chart => $"""
            <figure data-tables="{Escape(string.Join(' ', chart.Data.Select(table => table.Name)))}">
            <figcaption>{Escape(chart.Title)}</figcaption>
            <div class="chart" role="img" aria-label="{Escape(chart.Description)}"><p class="missing">{Escape(missing)}</p></div>
            <div class="downloads" hidden>Save as</div>
            <script type="application/json" class="specification">{PageData.Of(chart.Specification)}</script>
            </figure>
            """,
        _ => throw new ArgumentOutOfRangeException(nameof(block), block, $"A page has no form for {block.GetType().Name}."),
    };

    private static string Html(TextTable table)
    {
        var html = new StringBuilder("<div class=\"wide\"><table><thead>\n");
        Add(html, $"<tr>{string.Concat(table.Headings.Select(text => $"<th scope=\"col\">{Escape(text)}</th>"))}</tr></thead><tbody>");
        foreach (var row in table.Rows)
        {
            Add(html, $"<tr>{string.Concat(row.Select((text, i) => i == 0 ? $"<th scope=\"row\">{Escape(text)}</th>" : $"<td>{Escape(text)}</td>"))}</tr>");
        }

        return html.Append("</tbody></table></div>").ToString();
    }

    private static string Html(ReportOrigin origin)
    {
        var html = new StringBuilder("<h2>How to reproduce</h2>\n");
        if (origin.CommandLine.Length > 0)
        {
            Add(html, $"<pre><code>{Escape(origin.CommandLine)}</code></pre>");
        }

        if (origin.Reproducibility.Length > 0)
        {
            Add(html, $"<p>{Escape(origin.Reproducibility)}</p>");
        }

        Add(html, "<dl>");
        foreach (var (name, value) in origin.Facts)
        {
            Add(html, $"<dt>{Escape(name)}</dt><dd>{Escape(value)}</dd>");
        }

        return html.Append("</dl>").ToString();
    }

    /// <summary>The tables used by charts, without duplicates.</summary>
    private static IEnumerable<DataTable> Tables(Report report) => report.Sections.SelectMany(section => section.Blocks).OfType<Chart>().SelectMany(chart => chart.Data).Distinct();

    private static string Escape(string text) => WebUtility.HtmlEncode(text);

    private static void Add(StringBuilder html, string line) => html.Append(line).Append('\n');

    private static string Resource(string name)
    {
        using var reader = new StreamReader(typeof(HtmlPage).Assembly.GetManifestResourceStream(name)!, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
