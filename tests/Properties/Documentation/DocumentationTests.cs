using System.Text.RegularExpressions;
using Xunit;

namespace Optim.Properties.Documentation;

/// <summary>The code in the documents stands, word for word, in a source file that the build compiles and a test runs.</summary>
public partial class DocumentationTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "documentation");

    public static TheoryData<string, string> Snippets()
    {
        var data = new TheoryData<string, string>();
        foreach (string document in Directory.GetFiles(Folder, "*.md").Order(StringComparer.Ordinal))
        {
            foreach (Match match in Fence().Matches(File.ReadAllText(document)))
            {
                data.Add(Path.GetFileName(document), match.Groups["code"].Value);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Snippets))]
    public void Every_snippet_is_compiled(string document, string code)
    {
        Assert.NotEmpty(document);
        var sources = Directory.GetFiles(Path.Combine(Folder, "sources")).Select(path => Words(File.ReadAllText(path)));
        Assert.Contains(sources, source => source.Contains(Words(code), StringComparison.Ordinal));
    }

    [Fact]
    public void A_custom_rule_runs_like_the_shipped_ones()
    {
        var rule = new ScaleByLargest().Then(new ScaleByLearningRate(0.5));
        var state = Optimizer.Fold(Optimizer.Init(rule, TensorSet.OfArray([1.0, 1.0])), [TensorSet.OfArray([2.0, -4.0]), TensorSet.OfArray([1.0, -8.0])]);
        Assert.Equal([2.0, 8.0], state.Slots["largest"].ToArray());
        Assert.Equal([0.25, 2.0], state.Parameters.Map(p => Math.Round(p, 6)).ToArray());
    }

    private static string Words(string text) => Space().Replace(text, " ").Trim();

    [GeneratedRegex(@"^```(csharp|fsharp)\r?\n(?<code>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
