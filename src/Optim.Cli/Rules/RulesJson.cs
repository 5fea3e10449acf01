using System.Text.Json.Nodes;
using Optim.Cli.Reports;

namespace Optim.Cli.Rules;

/// <summary>Rules as one JSON document.</summary>
internal static class RulesJson
{
    public static string OfAll(IEnumerable<RuleFacts> rules) => Json.Text(new JsonObject { ["rules"] = new JsonArray([.. rules.Select(Of)]) });

    public static string OfOne(RuleFacts rule) => Json.Text(Of(rule));

    private static JsonObject Of(RuleFacts facts) => new()
    {
        ["name"] = facts.Entry.Name,
        ["title"] = facts.Entry.Title,
        ["type"] = facts.TypeName,
        ["summary"] = facts.Entry.Summary,
        ["isOptimizer"] = facts.Entry.IsPreset,
        ["formula"] = new JsonArray([.. facts.Formula.Select(line => JsonValue.Create(line))]),
        ["defaults"] = facts.Defaults,
        ["startingRate"] = facts.Entry.StartingRate,
        ["state"] = facts.State,
        ["slotsPerParameter"] = facts.SlotsPerParameter,
        ["needsObjective"] = facts.Entry.NeedsObjective,
        ["paper"] = facts.Entry.Paper,
        ["definition"] = facts.Entry.Definition,
        ["disagreements"] = facts.Entry.Disagreements,
    };
}
