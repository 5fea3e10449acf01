using System.Text.Json.Nodes;
using Optim.Cli.Recipes;
using Optim.Cli.Reports;

namespace Optim.Cli.Advise;

/// <summary>Advice as one JSON document.</summary>
internal static class AdviceJson
{
    public static string Of(Answers answers, IReadOnlyDictionary<string, string> given, Advice advice, RecipeFacts facts) => Json.Text(new JsonObject
    {
        ["answers"] = new JsonObject(Question.All.Select(question => KeyValuePair.Create<string, JsonNode?>(question.Option, new JsonObject
        {
            ["value"] = question.Read(answers), ["given"] = given.ContainsKey(question.Option),
        }))),
        ["reasons"] = new JsonArray([.. advice.Reasons.Select(reason => JsonValue.Create(reason))]),
        ["recipe"] = RecipeJson.Of(facts),
    });
}
