using System.Text.Json;
using System.Text.RegularExpressions;
using Optim.Cli;
using Optim.Cli.Advise;
using Xunit;

namespace Optim.Properties.Cli;

/// <summary><c>optim advise</c>: what it asks, prints, and exits with.</summary>
public partial class AdviseTests
{
    [Fact]
    public void Options_are_answers()
    {
        var (code, output, error) = Run("--problem", "vision", "--model", "transformer", "--batch", "4096", "--data", "large");
        Assert.Equal((0, ""), (code, error));
        Assert.StartsWith("Vision Transformer (recipe 'vit'): ", output, StringComparison.Ordinal);
        Assert.Contains("For: problem vision, model transformer, data large, batch 4096", output, StringComparison.Ordinal);
        Assert.Contains("Assumed as usual: noisy no.", output, StringComparison.Ordinal);
        Assert.Contains("Recipes.VisionTransformer(totalSteps: 1000000)", output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', output);
    }

    [Fact]
    public void The_code_is_that_of_the_answers()
    {
        string output = Run("--problem", "vision", "--batch", "1024", "--steps", "90000").Output;
        Assert.Contains("Recipes.ResNet(totalSteps: 90000, batchSize: 1024)", output, StringComparison.Ordinal);
        Assert.Contains("Recipes.ResNet(totalSteps = 90000L, batchSize = 1024)", output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_output_in_the_readme_is_the_commands()
    {
        string readme = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "documentation", "README.md")).ReplaceLineEndings("\n");
        var shown = Assert.Single(Shown().Matches(readme));
        string[] arguments = shown.Groups["arguments"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string output = string.Join('\n', Run(arguments).Output.ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd()));
        Assert.Equal(output, shown.Groups["output"].Value);
    }

    [Fact]
    public void Yes_takes_the_usual_answers()
    {
        var (code, output, _) = Run("--yes");
        Assert.Equal(0, code);
        Assert.Contains("(recipe 'small-network')", output, StringComparison.Ordinal);
        Assert.Contains("For: nothing in particular", output, StringComparison.Ordinal);
        Assert.Contains("(recipe 'sparse')", Run("--sparse", "--yes").Output, StringComparison.Ordinal);
        Assert.Contains("(recipe 'small-network')", Run("--sparse", "false", "--yes").Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData()]
    [InlineData("--json")]
    public void Without_answers_and_without_a_terminal_it_says_what_to_say(params string[] arguments)
    {
        var (code, output, error) = Run(arguments);
        Assert.Equal((1, ""), (code, output));
        Assert.Equal("There is no terminal to ask on: say --problem (vision, language, rl-values, rl-policy, tabular, calibration), or --yes for the usual answers.", error.TrimEnd());
    }

    [Theory]
    [InlineData("'speech'", "--problem", "speech")]
    [InlineData("--batch must be a whole number from 1 to 131072, was 0.", "--batch", "0")]
    [InlineData("--batch must be a whole number from 1 to 131072, was 131073.", "--batch", "131073")]
    [InlineData("--parameters must be a whole number of 1 or more, was -7.", "--parameters", "-7")]
    [InlineData("totalSteps must be a whole number of 9 or more, was 2.", "--problem", "vision", "--steps", "2")]
    public void An_answer_that_cannot_be_understood_is_refused(string message, params string[] arguments)
    {
        var (code, output, error) = Run(arguments);
        Assert.Equal((1, ""), (code, output));
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_is_one_document_and_nothing_else()
    {
        var (code, output, error) = Run("--problem", "calibration", "--parameters", "7", "--json");
        Assert.Equal((0, ""), (code, error));
        using var document = JsonDocument.Parse(output);
        var root = document.RootElement;
        Assert.Equal("calibration", root.GetProperty("recipe").GetProperty("name").GetString());
        Assert.Equal(RecipeRegistry.Find("calibration")!.FSharp(), root.GetProperty("recipe").GetProperty("fsharp").GetString());
        Assert.True(root.GetProperty("answers").GetProperty("parameters").GetProperty("given").GetBoolean());
        Assert.False(root.GetProperty("answers").GetProperty("model").GetProperty("given").GetBoolean());
        Assert.NotEqual(0, root.GetProperty("reasons").GetArrayLength());
    }

    [Fact]
    public void In_a_terminal_it_asks_what_matters_and_answers()
    {
        // Tabular comes first as the usual one, then the others in their order: a policy is the fourth of them.
        var (output, given) = Typed([.. TypedConsole.Down(4), .. TypedConsole.Line("256")]);
        Assert.Equal(["problem", "batch"], given.Keys);
        Assert.Equal("rl-policy", given["problem"]);
        Assert.Contains("PPO (recipe 'ppo')", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Enter_takes_the_usual_answer_and_nonsense_is_asked_again()
    {
        var (output, given) = Typed(
            [.. TypedConsole.Line("n"), .. TypedConsole.Line("-3"), .. TypedConsole.Line("200000"), .. TypedConsole.Line("")],
            ("problem", "vision"), ("model", "convolutional"), ("data", "large"));
        Assert.Equal("no", given["noisy"]);
        Assert.Equal("256", given["batch"]);
        Assert.Contains("An integer of 1 or more.", output, StringComparison.Ordinal);
        Assert.Contains("131072 or less.", output, StringComparison.Ordinal);
        Assert.Contains("(recipe 'resnet')", output, StringComparison.Ordinal);
    }

    private static (string Output, Dictionary<string, string> Given) Typed(IEnumerable<ConsoleKeyInfo> keys, params (string Option, string Value)[] said)
    {
        using var output = new StringWriter();
        var given = said.ToDictionary(answer => answer.Option, answer => answer.Value);
        Assert.Equal(0, AdviseCommand.Run(given, null, quiet: false, json: false, new TypedConsole(output, keys), output));
        return (output.ToString(), given);
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        int code = Program.Run(["advise", .. arguments], output, error);
        return (code, output.ToString(), error.ToString());
    }

    [GeneratedRegex(@"^```text\n\$ optim advise(?<arguments>[^\n]*)\n(?<output>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Shown();
}
