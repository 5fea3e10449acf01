using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Optim.Properties.Cli;

/// <summary>What is in a report's page.</summary>
internal static partial class PageText
{
    /// <summary>The charts' specifications, from top to bottom.</summary>
    public static IReadOnlyList<JsonNode> Specifications(string page) => Scripts(page, "specification");

    /// <summary>The tables that the charts are drawn from.</summary>
    public static IReadOnlyList<JsonNode> Tables(string page) => Scripts(page, "data");

    private static List<JsonNode> Scripts(string page, string kind) =>
        [.. Script().Matches(page).Where(match => match.Groups["kind"].Value == kind).Select(match => JsonNode.Parse(match.Groups["content"].Value)!)];

    [GeneratedRegex("<script type=\"application/json\" class=\"(?<kind>[a-z]+)\">(?<content>.*?)</script>", RegexOptions.Singleline)]
    private static partial Regex Script();
}
