using System.Text.Json.Nodes;
using Optim.Cli.Reports;

namespace Optim.Cli.Landscapes;

/// <summary>A run as an HTML page.</summary>
internal static class LandscapeReport
{
    /// <summary>The page.</summary>
    public static string Of(LandscapeRun run) => new HtmlPage($"Optimizers on a landscape: {run.Landscape.Title}")
        .Paragraph(LandscapeText.Setting(run))
        .Heading("Paths")
        .Chart(LandscapeChart.Of(run), $"Contours of {run.Landscape.Title} and the path of each optimizer; the table below says where they end.")
        .Paragraph("Drag the slider or let it play. A line ends in a dot where its optimizer is; the cross is the start, diamonds are the minima. The more shaded, the higher.")
        .Heading("Value by step")
        .Chart(Curves(run), "The value above the minimum by step for each optimizer, on a logarithmic scale; the table below has the final ones.")
        .Heading("Results")
        .Table(LandscapeText.Headings(run), run.Paths.Select(path => LandscapeText.Row(run, path)))
        .Heading("To repeat it")
        .Code(LandscapeText.Command(run))
        .Paragraph("The numbers are the same on every machine.")
        .ToString();

    private static JsonObject Curves(LandscapeRun run) => new()
    {
        ["$schema"] = "https://vega.github.io/schema/vega-lite/v6.json",
        ["data"] = new JsonObject
        {
            ["values"] = new JsonArray([.. run.Paths.SelectMany(path => LandscapeChart.Frames(run)
                .Where(step => step < path.Values.Count)
                .Select(step => new JsonObject
                {
                    ["step"] = step, ["value"] = LandscapeChart.Short(run.Height(path.Values[step])), ["optimizer"] = path.Contestant.Title,
                }))]),
        },
        ["width"] = "container",
        ["height"] = 300,
        ["params"] = new JsonArray(new JsonObject
        {
            ["name"] = "chosen", ["bind"] = "legend",
            ["select"] = new JsonObject { ["type"] = "point", ["fields"] = new JsonArray("optimizer") },
        }),
        ["mark"] = new JsonObject { ["type"] = "line", ["strokeWidth"] = 2, ["clip"] = true, ["tooltip"] = true },
        ["encoding"] = new JsonObject
        {
            ["x"] = new JsonObject { ["field"] = "step", ["type"] = "quantitative", ["title"] = "Step" },
            ["y"] = new JsonObject
            {
                ["field"] = "value", ["type"] = "quantitative", ["title"] = LandscapeText.Height,
                ["scale"] = new JsonObject { ["type"] = "log", ["nice"] = false }, ["axis"] = new JsonObject { ["format"] = ".0e" },
            },
            ["color"] = new JsonObject
            {
                ["field"] = "optimizer", ["type"] = "nominal", ["title"] = null,
                ["scale"] = LandscapeChart.Colours(run),
                ["legend"] = new JsonObject { ["orient"] = "bottom", ["symbolType"] = "stroke", ["symbolStrokeWidth"] = 3 },
            },
            ["opacity"] = new JsonObject { ["condition"] = new JsonObject { ["param"] = "chosen", ["value"] = 1 }, ["value"] = 0.12 },
        },
    };
}
