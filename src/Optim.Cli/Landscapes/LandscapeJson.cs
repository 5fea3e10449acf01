using System.Text.Json;
using System.Text.Json.Nodes;
using Optim.Cli.Compare;

namespace Optim.Cli.Landscapes;

/// <summary>A run, or the list of landscapes, as one JSON document.</summary>
internal static class LandscapeJson
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>The run, with every point of every path.</summary>
    public static string Of(LandscapeRun run) => new JsonObject
    {
        ["command"] = "landscape",
        ["version"] = ComparisonText.Version,
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
    }.ToJsonString(Indented);

    /// <summary>Every landscape.</summary>
    public static string List() => new JsonObject
    {
        ["command"] = "landscape",
        ["version"] = ComparisonText.Version,
        ["landscapes"] = new JsonArray([.. Landscape.All.Select(Of)]),
    }.ToJsonString(Indented);

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
