using System.Text.Json.Nodes;
using Optim.Cli.Reports;

namespace Optim.Cli.Recipes;

/// <summary>Recipes as one JSON document.</summary>
internal static class RecipeJson
{
    public static string OfAll(IEnumerable<RecipeFacts> recipes) => Json.Text(new JsonObject { ["recipes"] = new JsonArray([.. recipes.Select(Of)]) });

    public static JsonObject Of(RecipeFacts facts) => new()
    {
        ["name"] = facts.Entry.Name,
        ["title"] = facts.Entry.Title,
        ["purpose"] = facts.Entry.Purpose,
        ["source"] = facts.Entry.Source,
        ["batch"] = facts.Entry.Batch,
        ["remarks"] = facts.Entry.Remarks,
        ["totalSteps"] = facts.TotalSteps,
        ["batchSize"] = facts.BatchSize,
        ["needsObjective"] = facts.Entry.NeedsObjective,
        ["rule"] = facts.Rule.ToString(),
        ["settings"] = new JsonArray([.. facts.Entry.Settings.Select(setting => new JsonObject
        {
            ["name"] = setting.Name, ["value"] = setting.Value, ["source"] = setting.Source,
        })]),
        ["steps"] = new JsonArray([.. facts.Steps.Select(step => JsonValue.Create(step))]),
        ["hyperparameters"] = new JsonObject(facts.Hyperparameters.Select(h =>
            KeyValuePair.Create<string, JsonNode?>(h.Path, new JsonArray([.. h.Values.Select(Json.Number)])))),
        ["csharp"] = facts.CSharp,
        ["fsharp"] = facts.FSharp,
    };
}
