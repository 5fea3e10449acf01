using System.Text.RegularExpressions;
using System.Xml.Linq;
using Optim.Cli;
using Optim.Cli.Rules;
using Optim.Cli.Rules.Pages;
using Xunit;

namespace Optim.Properties.Cli;

/// <summary>The pages of the rules: formulas as mathematics, paths, code.</summary>
public class RulePagesTests
{
    public static TheoryData<string> Names => [.. RuleRegistry.All.Select(entry => entry.Name)];

    [Theory]
    [InlineData("v = b2 v + (1 - b2) g^2", "v←β2v+(1−β2)g2")]
    [InlineData("p -= lr m / (1 - b1^t) / u", "p←p−lrm(1−β1t)u")]
    [InlineData("p -= min(e, s) m + lr wd p", "p←p−(min(e,s)m+lrwdp)")]
    [InlineData("c = |u|^2 / <u, g>", "c←|u|2⟨u,g⟩")]
    [InlineData("g <- -g if Maximize", "g←−g if Maximize")]
    [InlineData("v = mu v + (1 - dampening) g, with v = g at t = 1", "v←μv+(1−dampening)g, with v=g at t=1")]
    public void A_line_is_set_as_mathematics_and_prose(string line, string text) => Assert.Equal(text, Parsed(line).Value);

    [Fact]
    public void Quotients_are_fractions_and_roots_are_roots()
    {
        var line = Parsed("p -= lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)");
        Assert.Equal(3, line.Descendants("mfrac").Count());
        Assert.Equal("v1−β2t", Assert.Single(line.Descendants("msqrt")).Value);

        // What the slash divides by is below in full, without its parentheses.
        Assert.Equal("v1−β2t+ε", line.Descendants("mfrac").First().Elements().Last().Value);
    }

    [Fact]
    public void A_quotient_in_an_exponent_keeps_its_slash() => Assert.Empty(Parsed("p -= lr L^(-1/4) G R^(-1/4)").Descendants("mfrac"));

    [Theory]
    [MemberData(nameof(Names))]
    public void Nothing_of_a_formula_is_lost(string name)
    {
        var facts = new RuleFacts(RuleRegistry.Find(name)!);
        foreach (string line in facts.Formula)
        {
            string set = Parsed(line, facts.Formula).Value, expected = line;
            foreach (var (greek, letter) in Greek)
            {
                set = set.Replace(letter, greek, StringComparison.Ordinal);
            }

            // Roots have no name, powers of ten no e; a beta is b in the text.
            set = set.Replace("beta", "b", StringComparison.Ordinal);
            expected = Regex.Replace(expected.Replace("beta", "b", StringComparison.Ordinal), @"(sq|cb)rt|\b\d+e-", "");
            var counts = set.Where(char.IsAsciiLetterOrDigit).CountBy(c => c).ToDictionary();
            Assert.All(expected.Where(char.IsAsciiLetterOrDigit).CountBy(c => c), pair => Assert.True(counts.GetValueOrDefault(pair.Key) >= pair.Value, $"{name}: '{line}' lacks {pair.Key}: {set}"));
        }
    }

    [Fact]
    public void Every_rule_is_of_a_family()
    {
        Assert.Equal(RuleRegistry.All.Select(entry => entry.Name).Order(), RuleFamily.All.SelectMany(family => family.Rules).Select(facts => facts.Entry.Name).Order());
        Assert.All(RuleRegistry.All, entry => Assert.Contains(RuleFamily.All, family => family.Name == entry.Family));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_code_of_a_page_is_what_its_class_has(string name)
    {
        var facts = new RuleFacts(RuleRegistry.Find(name)!);
        if (RulePages.Code(facts) is var (csharp, fsharp))
        {
            var type = facts.Entry.Create().GetType();
            Assert.NotNull(type.GetConstructor([]));
            Assert.Equal(csharp.Contains("LearningRate", StringComparison.Ordinal), fsharp.Contains("LearningRate", StringComparison.Ordinal));
            Assert.True(!csharp.Contains("LearningRate", StringComparison.Ordinal) || type.GetProperty("LearningRate") is { CanWrite: true }, name);
        }
    }

    [Fact]
    public void The_command_writes_a_page_for_each_rule_and_the_index()
    {
        string folder = Directory.CreateTempSubdirectory("optim-pages").FullName;
        try
        {
            using StringWriter output = new(), error = new();
            Assert.Equal(0, Program.Run(["rules", "--pages", folder, "--recordings", Golden.Folder], output, error));
            Assert.Equal("", error.ToString());
            string index = File.ReadAllText(Path.Combine(folder, "optimizers.md"));
            Assert.All(RuleRegistry.All, entry => Assert.Contains($"](rules/{entry.Name}.md)", index, StringComparison.Ordinal));
            Assert.Equal(RuleRegistry.All.Count, Directory.GetFiles(Path.Combine(folder, "rules"), "*.md").Length);

            string page = File.ReadAllText(Path.Combine(folder, "rules", "adamw.md"));
            Assert.Equal(2, page.Split("<polyline").Length - 1);
            Assert.Contains("opt_adamw", page, StringComparison.Ordinal);
            Assert.Contains("AdamW(LearningRate = ", page, StringComparison.Ordinal);
            Assert.All(PathPicture.Landscapes, landscape => XDocument.Load(Path.Combine(folder, "img", $"contours-{landscape.Name}.svg")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static readonly (string Name, string Letter)[] Greek =
    [
        ("eps", "ε"), ("mu", "μ"), ("nu", "ν"), ("rho", "ρ"), ("psi", "ψ"), ("eta", "η"), ("alpha", "α"), ("beta", "β"), ("gamma", "γ"), ("delta", "δ"), ("lambda", "λ"), ("theta", "θ"), ("tau", "τ"),
    ];

    private static XElement Parsed(string line, IReadOnlyList<string>? formula = null) =>
        XElement.Parse($"<div>{FormulaMarkup.Line(line, formula ?? [line])}</div>", LoadOptions.PreserveWhitespace);
}
