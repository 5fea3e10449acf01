using System.Text.Json;
using Optim.Cli;
using Xunit;

namespace Optim.Properties.Cli;

/// <summary><c>optim recipes</c>: what it shows, and what it exits with.</summary>
public class RecipesTests
{
    [Fact]
    public void The_table_names_every_recipe()
    {
        var (code, output, error) = Run();
        Assert.Equal((0, ""), (code, error));
        Assert.All(RecipeRegistry.All, entry => Assert.Contains(entry.Name, output, StringComparison.Ordinal));
        Assert.DoesNotContain('\u001b', output);
    }

    [Fact]
    public void Every_recipe_is_shown_with_sources_code_and_hyperparameters() => Assert.All(RecipeRegistry.All, entry =>
    {
        var (code, output, error) = Run(entry.Name);
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("Says who", output, StringComparison.Ordinal);
        Assert.Contains("LearningRate", output, StringComparison.Ordinal);
        Assert.All(entry.CSharp().Split('\n').Concat(entry.FSharp().Split('\n')), line => Assert.Contains("    " + line, output, StringComparison.Ordinal));
        Assert.Equal(entry.UsualSteps is not null, output.Contains("Learning rate by step", StringComparison.Ordinal));
    });

    [Fact]
    public void The_run_may_be_another()
    {
        var (code, output, _) = Run("ResNet", "--steps", "9000", "--batch", "8192");
        Assert.Equal(0, code);
        Assert.Contains("Hyperparameters in a run of 9,000 steps, 8,192 examples each:", output, StringComparison.Ordinal);
        Assert.Contains("Recipes.ResNet(totalSteps: 9000, batchSize: 8192)", output, StringComparison.Ordinal);
        Assert.Contains("Recipes.ResNet(totalSteps = 9000L, batchSize = 8192)", output, StringComparison.Ordinal);
        Assert.Matches("2,250 │ +3.2 │", output);
        Assert.Matches("4,500 │ +0.32 │", output);
    }

    [Fact]
    public void What_the_groups_take_is_said()
    {
        string output = Run("gpt").Output;
        Assert.Contains("no weight decay: tensors named *bias, *norm*, *Norm*", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_recipe_that_there_is_not_is_refused_with_those_there_are()
    {
        var (code, output, error) = Run("yolo");
        Assert.Equal((1, ""), (code, output));
        Assert.Matches("^There is no recipe 'yolo'; the nearest are .* Known: resnet, ", error);
    }

    [Theory]
    [InlineData("totalSteps must be a whole number of 9 or more, was 3.", "resnet", "--steps", "3")]
    [InlineData("batchSize must be a whole number of 1 or more, was 0.", "resnet", "--batch", "0")]
    public void A_run_that_a_recipe_is_not_for_is_refused(string message, params string[] arguments)
    {
        var (code, output, error) = Run(arguments);
        Assert.Equal((1, "", message), (code, output, error.TrimEnd()));
    }

    [Fact]
    public void Json_is_one_document_and_nothing_else()
    {
        var (code, output, error) = Run("--json");
        Assert.Equal((0, ""), (code, error));
        using var document = JsonDocument.Parse(output);
        var recipes = document.RootElement.GetProperty("recipes");
        Assert.Equal(RecipeRegistry.All.Select(entry => entry.Name), recipes.EnumerateArray().Select(recipe => recipe.GetProperty("name").GetString()));
        Assert.All(recipes.EnumerateArray(), recipe => Assert.Equal(
            recipe.GetProperty("steps").GetArrayLength(), recipe.GetProperty("hyperparameters").EnumerateObject().First().Value.GetArrayLength()));
    }

    [Fact]
    public void Json_of_one_has_its_numbers_at_its_steps()
    {
        using var document = JsonDocument.Parse(Run("ppo", "--steps", "1000", "--json").Output);
        var recipe = document.RootElement;
        Assert.Equal(1000, recipe.GetProperty("totalSteps").GetInt64());
        Assert.Equal(JsonValueKind.Null, recipe.GetProperty("batchSize").ValueKind);
        Assert.Equal([0, 10, 100, 250, 500, 750, 1000], recipe.GetProperty("steps").EnumerateArray().Select(step => step.GetInt64()));
        var rates = recipe.GetProperty("hyperparameters").GetProperty("rules[1].LearningRate");
        Assert.Equal(1.25e-4, rates[4].GetDouble(), 1e-18);
        Assert.Equal(0, rates[6].GetDouble());
    }

    [Fact]
    public void The_page_in_docs_is_what_the_command_writes()
    {
        string page = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "documentation", "recipes.md")).ReplaceLineEndings("\n");
        Assert.True(page == Run("--markdown").Output, "docs/recipes.md is out of date: optim recipes --markdown > docs/recipes.md");
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        int code = Program.Run(["recipes", .. arguments], output, error);
        return (code, output.ToString(), error.ToString());
    }
}
