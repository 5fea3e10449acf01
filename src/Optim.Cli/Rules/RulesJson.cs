using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Optim.Cli.Rules;

/// <summary>Rules for machines: one document.</summary>
internal static class RulesJson
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string OfAll(IEnumerable<RuleFacts> rules) => new JsonObject { ["rules"] = new JsonArray([.. rules.Select(Of)]) }.ToJsonString(Indented);

    public static string OfOne(RuleFacts rule) => Of(rule).ToJsonString(Indented);

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
