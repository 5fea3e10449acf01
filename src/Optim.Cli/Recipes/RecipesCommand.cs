using System.CommandLine;

namespace Optim.Cli.Recipes;

/// <summary><c>optim recipes</c>: what people train such a model with, and who says so.</summary>
internal static class RecipesCommand
{
    public static Command Create()
    {
        var name = new Argument<string?>("name") { Description = "The recipe to tell all about; all of them in a table when left out.", Arity = ArgumentArity.ZeroOrOne };
        var steps = new Option<long?>("--steps") { Description = "The steps of the run; the usual number when left out.", HelpName = "n" };
        var batch = new Option<int?>("--batch") { Description = "The examples a step; the usual number when left out.", HelpName = "n" };
        var markdown = new Option<bool>("--markdown") { Description = "All recipes as a Markdown page." };
        var json = new Option<bool>("--json") { Description = "One JSON document on standard output, for machines." };
        var command = new Command(
            "recipes",
            """
            Lists the recipes: optimizers with the hyperparameters and schedules of well-known papers, each number with its source.

            Exit code: 0, or 1 when there is no such recipe or it is not for such a run.

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
        command.SetAction(result =>
        {
            var (output, error) = (result.InvocationConfiguration.Output, result.InvocationConfiguration.Error);
            if (result.GetValue(markdown))
            {
                output.Write(RecipeDocument.Page());
                return 0;
            }

            return result.GetValue(name) is { } one
                ? Show(one, result.GetValue(steps), result.GetValue(batch), result.GetValue(json), output, error)
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

        return 0;
    }

    private static int Show(string name, long? steps, int? batch, bool json, TextWriter output, TextWriter error)
    {
        if (RecipeRegistry.Find(name.ToLowerInvariant()) is not { } entry)
        {
            error.WriteLine($"There is no recipe '{name}'; there are: {string.Join(", ", RecipeRegistry.All.Select(recipe => recipe.Name))}.");
            return 1;
        }

        RecipeFacts facts;
        try
        {
            facts = new(entry, steps, batch);
        }
        catch (ArgumentException e)
        {
            error.WriteLine(Refusals.Text(e));
            return 1;
        }

        if (json)
        {
            output.WriteLine(RecipeJson.Text(RecipeJson.Of(facts)));
        }
        else
        {
            RecipeScreen.Show(Terminal.For(output, folding: true), facts);
        }

        return 0;
    }
}
