using System.Globalization;
using System.Text;

namespace Optim.Cli.Recipes;

/// <summary>The recipes as a Markdown page: docs/recipes.md.</summary>
internal static class RecipeDocument
{
    /// <summary>The page.</summary>
    public static string Page()
    {
        var page = new StringBuilder();
        page.Append(
            """
            # Recipes

            <!-- Written by `optim recipes --markdown`; a test holds it to that. -->

            Optimizers with the hyperparameters and schedules of well-known papers. Each is a method of `Recipes` that returns an ordinary `Rule`: it can be
            read, compared, adjusted and chained like any other. Every number has its source; "our choice" means that no paper gives it. `optim recipes NAME`
            shows the same with a plot of the learning rate, `optim advise` asks about your problem and recommends a recipe. In the code, you supply `parameters`,
            `batches` and the gradient of a batch, or the objective.


            """);
        page.AppendLine("| recipe | method | use | usual batch |").AppendLine("|---|---|---|---|");
        foreach (var entry in RecipeRegistry.All)
        {
            page.Append(CultureInfo.InvariantCulture, $"| [{entry.Name}](#{entry.Name}) | `Recipes.{entry.Method}` | {entry.Purpose} | {entry.Batch} |").AppendLine();
        }

        page.AppendLine();
        foreach (var facts in RecipeRegistry.All.Select(entry => new RecipeFacts(entry)))
        {
            Section(page, facts);
        }

        return page.ToString().ReplaceLineEndings("\n").TrimEnd() + "\n";
    }

    private static void Section(StringBuilder page, RecipeFacts facts)
    {
        var entry = facts.Entry;
        page.Append(CultureInfo.InvariantCulture, $"## {entry.Name}").AppendLine().AppendLine();
        page.Append(CultureInfo.InvariantCulture, $"**{entry.Title}.** {entry.Purpose}").AppendLine().AppendLine();
        foreach (var (name, text) in RecipeScreen.Lines(entry))
        {
            page.Append(CultureInfo.InvariantCulture, $"- {name}: {text.TrimEnd('.')}").AppendLine();
        }

        page.AppendLine().AppendLine("| setting | value | source |").AppendLine("|---|---|---|");
        foreach (var setting in entry.Settings)
        {
            page.Append(CultureInfo.InvariantCulture, $"| {setting.Name} | {setting.Value} | {setting.Source} |").AppendLine();
        }

        page.AppendLine().AppendLine("```csharp").AppendLine(facts.CSharp).AppendLine("```").AppendLine();
        page.AppendLine("```fsharp").AppendLine(facts.FSharp).AppendLine("```").AppendLine();
    }
}
