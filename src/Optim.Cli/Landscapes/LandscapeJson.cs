using System.Text.Json.Nodes;
using Optim.Cli.Compare;
using Optim.Cli.Reports;

namespace Optim.Cli.Landscapes;

/// <summary>A run's members of the JSON document, and the list of landscapes.</summary>
internal static class LandscapeJson
{
    /// <summary>The run, with every point of every path.</summary>
    public static JsonObject Of(LandscapeRun run) => new()
    {
        ["landscape"] = Of(run.Landscape),
        ["steps"] = run.Steps,
        ["tolerance"] = run.Tolerance,
        ["results"] = new JsonArray([.. run.Paths.Select(path => new JsonObject
        {
            ["optimizer"] = path.Contestant.Name,
            ["learningRate"] = path.Contestant.LearningRate,
            ["learningRateFound"] = path.IsRateFound,
            ["rule"] = path.Contestant.CreateRule(path.Contestant.LearningRate).ToString(),
            ["diverged"] = path.Diverged,
            ["finalValue"] = path.Diverged ? null : path.Values[^1],
            ["finalDistance"] = path.Diverged ? null : run.Landscape.Distance(path.Points[^1]),
            ["stepsToTolerance"] = path.StepsTo(run.Landscape, run.Tolerance),
            ["values"] = Numbers(path.Values),
            ["points"] = new JsonArray([.. path.Points.Select(Numbers)]),
        })]),
    };

    /// <summary>Every landscape.</summary>
    public static JsonObject List() => new()
    {
        ["command"] = "landscape",
        ["version"] = ComparisonText.Version,
        ["landscapes"] = new JsonArray([.. Landscape.All.Select(Of)]),
    };

    private static JsonObject Of(Landscape landscape) => new()
    {
        ["name"] = landscape.Name,
        ["title"] = landscape.Title,
        ["formula"] = landscape.Formula,
        ["start"] = Numbers(landscape.Start),
        ["least"] = landscape.Least,
        ["minima"] = new JsonArray([.. landscape.Minima.Select(Numbers)]),
        ["lower"] = Numbers(landscape.Lower),
        ["upper"] = Numbers(landscape.Upper),
    };

    private static JsonArray Numbers(IEnumerable<double> numbers) => new([.. numbers.Select(x => JsonValue.Create(x))]);
}
