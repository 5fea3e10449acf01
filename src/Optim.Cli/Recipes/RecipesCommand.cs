using System.CommandLine;
using Optim.Cli.Reports;
using Optim.Networks;

namespace Optim.Cli.Recipes;

/// <summary><c>optim recipes</c>: settings of well-known papers, with their sources.</summary>
internal static class RecipesCommand
{
    public static Command Create()
    {
        var name = new Argument<string?>("name") { Description = "The recipe to describe; by default, a table of all.", Arity = ArgumentArity.ZeroOrOne, HelpName = "name" };
        name.CompletionSources.Add([.. RecipeRegistry.All.Select(recipe => recipe.Name)]);
        var steps = new Option<long?>("--steps") { Description = "The steps of the run; default: the usual number.", HelpName = "n" };
        var batch = new Option<int?>("--batch") { Description = "The batch size; default: the usual one.", HelpName = "n" };
        var markdown = new Option<bool>("--markdown") { Description = "Print all recipes as a Markdown page." };
        var json = SharedOptions.Json();
        var command = new Command(
            "recipes",
            """
            Lists recipes from well-known papers.

            Lists the recipes: optimizers with the hyperparameters and schedules of well-known papers, each number with its source.

            Exit code: 0, or 1 when there is no such recipe or it does not support such a run.

            Examples:
              optim recipes
              optim recipes vit
              optim recipes resnet --steps 10000 --batch 1024
              optim recipes gpt --json | jq -r .csharp
              optim recipes --markdown > docs/recipes.md
            """)
        {
            name, steps, batch, markdown, json,
        };
        command.SetRun(result =>
        {
            var output = result.InvocationConfiguration.Output;
            if (result.GetValue(markdown))
            {
                output.Write(RecipeDocument.Page());
                return ExitCode.Done;
            }

            return result.GetValue(name) is { } one
                ? Show(one, result.GetValue(steps), result.GetValue(batch), result.GetValue(json), output)
                : ShowAll(result.GetValue(json), output);
        });
        return command;
    }

    private static int ShowAll(bool json, TextWriter output)
    {
        if (json)
        {
            output.WriteLine(RecipeJson.OfAll(RecipeRegistry.All.Select(entry => new RecipeFacts(entry))));
        }
        else
        {
            RecipeScreen.ShowAll(Terminal.For(output, folding: true));
        }

        return ExitCode.Done;
    }

    private static int Show(string name, long? steps, int? batch, bool json, TextWriter output)
    {
        var entry = RecipeRegistry.Find(name.ToLowerInvariant())
            ?? throw new FormatException($"There is no recipe '{name}'; {UnknownName.Hint(name, [.. RecipeRegistry.All.Select(recipe => recipe.Name)])}");
        var facts = new RecipeFacts(entry, steps, batch);
        if (json)
        {
            output.WriteLine(Json.Text(RecipeJson.Of(facts)));
        }
        else
        {
            RecipeScreen.Show(Terminal.For(output, folding: true), facts);
        }

        return ExitCode.Done;
    }
}
