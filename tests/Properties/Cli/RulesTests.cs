using Optim.Cli;
using Xunit;

namespace Optim.Properties.Cli;

/// <summary><c>optim rules</c>, and what every entry of the registry must say.</summary>
public class RulesTests
{
    [Fact]
    public void The_table_names_every_rule()
    {
        var (code, output, error) = Run();
        Assert.Equal((0, ""), (code, error));
        Assert.All(RuleRegistry.All, entry => Assert.Contains(entry.Name, output, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("adamw")]
    [InlineData("AdamW")]
    public void A_rule_is_told_with_its_formula_and_its_defaults(string name)
    {
        var (code, output, _) = Run(name);
        Assert.Equal(0, code);
        Assert.Contains("m = b1 m + (1 - b1) g", output, StringComparison.Ordinal);
        Assert.Contains("exp_avg, exp_avg_sq", output, StringComparison.Ordinal);
        Assert.Contains("Bytes an element  28", output, StringComparison.Ordinal);
        Assert.Contains("Loshchilov and Hutter 2019", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rule_that_there_is_not_is_refused_with_those_there_are()
    {
        var (code, output, error) = Run("adamwx");
        Assert.Equal((1, ""), (code, output));
        Assert.Contains("no rule 'adamwx'", error, StringComparison.Ordinal);
        Assert.Contains("adamw", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_cannot_be_read_is_named()
    {
        var (code, _, error) = Run("--markdown", "--recordings", "nowhere");
        Assert.Equal(2, code);
        Assert.Contains("'nowhere'", error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_in_docs_is_what_the_command_writes()
    {
        string folder = Golden.Folder;
        var (code, output, _) = Run("--markdown", "--recordings", folder);
        Assert.Equal(0, code);
        string page = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "documentation", "optimizers.md")).ReplaceLineEndings("\n");
        Assert.True(page == output, "docs/optimizers.md is out of date: optim rules --markdown --recordings tests/golden > docs/optimizers.md");
    }

    [Fact]
    public void Every_entry_says_what_it_computes_and_whose_definition_it_is() => Assert.All(RuleRegistry.All, entry =>
    {
        Assert.All([entry.Title, entry.Summary, entry.Formula, entry.Paper, entry.Definition], text => Assert.False(string.IsNullOrWhiteSpace(text), entry.Name));
        Assert.DoesNotContain(entry.Formula, c => c > 127);
        Assert.EndsWith(".", entry.Summary, StringComparison.Ordinal);
    });

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        int code = Program.Run(["rules", .. arguments], output, error);
        return (code, output.ToString(), error.ToString());
    }
}
