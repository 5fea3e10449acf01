using System.Globalization;
using System.Net;
using System.Text;
using Optim.Conformance;

namespace Optim.Cli.Rules.Pages;

/// <summary>The rules as pages of the site: one for each, and the index that takes the place of docs/optimizers.md.</summary>
internal static class RulePages
{
    /// <summary>Writes them: <c>optimizers.md</c>, <c>rules/NAME.md</c> and the pictures' contours.</summary>
    /// <param name="folder">The folder of the site's pages.</param>
    /// <param name="results">Replayed recordings; null for none.</param>
    /// <returns>The number of pages.</returns>
    public static int Write(string folder, IReadOnlyList<CaseResult>? results)
    {
        string rules = Path.Combine(folder, "rules"), pictures = Path.Combine(folder, "img");
        Directory.CreateDirectory(rules);
        Directory.CreateDirectory(pictures);
        foreach (var landscape in PathPicture.Landscapes)
        {
            File.WriteAllText(Path.Combine(pictures, $"contours-{landscape.Name}.svg"), PathPicture.Contours(landscape));
        }

        var all = RuleFacts.Of(RuleRegistry.All).ToList();
        Parallel.ForEach(all, facts => File.WriteAllText(Path.Combine(rules, facts.Entry.Name + ".md"), Page(facts, results)));
        File.WriteAllText(Path.Combine(folder, "optimizers.md"), RuleDocument.Index(facts => $"rules/{facts.Entry.Name}.md", results));
        return all.Count + 1;
    }

    /// <summary>A rule's page.</summary>
    /// <param name="facts">The rule.</param>
    /// <param name="results">Replayed recordings; null for none.</param>
    public static string Page(RuleFacts facts, IReadOnlyList<CaseResult>? results)
    {
        var entry = facts.Entry;
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"# {entry.Title}").AppendLine().AppendLine();
        page.Append(CultureInfo.InvariantCulture, $"{entry.Summary} `{facts.TypeName}`, `{entry.Name}` for the commands. [All rules](../optimizers.md)").AppendLine().AppendLine();
        page.AppendLine(FormulaMarkup.Of(facts.Formula)).AppendLine();
        page.AppendLine(
            $"""
            <p class="symbols">{(entry.IsPreset ? "g is the gradient" : "u is the incoming update, g the gradient")}, p the parameter before the step, t the step from 1, lr the learning rate, wd the weight decay.{(entry.IsPreset ? "" : " A chain's last update is subtracted from the parameters.")}</p>
            """).AppendLine();
        string[] paths = [.. PathPicture.Landscapes.Select(landscape => PathPicture.Of(landscape, entry, $"../img/contours-{landscape.Name}.svg")).OfType<string>()];
        if (paths.Length > 0)
        {
            page.AppendLine("<div class=\"paths\">").AppendJoin('\n', paths).AppendLine().AppendLine("</div>").AppendLine();
        }

        if (Code(facts) is var (csharp, fsharp))
        {
            page.AppendLine("```csharp").AppendLine(csharp).AppendLine("```").AppendLine().AppendLine("```fsharp").AppendLine(fsharp).AppendLine("```").AppendLine();
        }

        foreach (var (name, text) in RuleDocument.Lines(facts))
        {
            page.Append(CultureInfo.InvariantCulture, $"- {name}: {(name == "Defaults" ? $"`{text}`" : WebUtility.HtmlEncode(text))}").AppendLine();
        }

        var recorded = (results ?? []).Where(result => RuleFamilies.RulesOf(result.Family).Contains(entry.Name)).ToList();
        if (recorded.Count > 0)
        {
            page.AppendLine().AppendLine("## Held to recordings").AppendLine();
            RuleDocument.Recordings(page, recorded, null);
        }

        return page.ToString().ReplaceLineEndings("\n").TrimEnd() + "\n";
    }

    /// <summary>How a whole optimizer is written down, at the rate from which to start; null for pieces, and for rules around others.</summary>
    /// <param name="facts">The rule.</param>
    public static (string CSharp, string FSharp)? Code(RuleFacts facts)
    {
        if (!facts.Entry.IsPreset || facts.Entry.IsWrapper)
        {
            return null;
        }

        // A rate of its own stands before the first nested rule; one that has another inside is written with that.
        string own = facts.Defaults.Split('{')[1];
        bool hasRate = own.Contains(" LearningRate = ", StringComparison.Ordinal);
        if (!hasRate && facts.Defaults.Contains(" LearningRate = ", StringComparison.Ordinal))
        {
            return null;
        }

        string rate = hasRate && facts.Entry.StartingRate is { } start ? $"LearningRate = {start.ToString(CultureInfo.InvariantCulture)}" : "";
        string fsharpRate = rate.Length > 0 && !rate.Contains('.', StringComparison.Ordinal) && !rate.Contains('E', StringComparison.Ordinal) ? rate + ".0" : rate;
        return ($"var state = Optimizer.Init(new {facts.TypeName}{(rate.Length > 0 ? $" {{ {rate} }}" : "()")}, parameters);", $"let state = Optimizer.Init({facts.TypeName}({fsharpRate}), parameters)");
    }
}
