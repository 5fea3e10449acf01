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
    public void The_worked_example_is_the_rule_that_is_shipped()
    {
        string diff = Diff().Match(File.ReadAllText(Path.Combine(Folder, "CONTRIBUTING.md"))).Groups["diff"].Value.ReplaceLineEndings("\n");
        string[] files = diff.Split("diff --git ", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, files.Length);
        Assert.Equal(Source("ScaleByCoherence.cs"), Added(files[0]));
        Assert.Contains(Added(files[1]), Source("RuleRegistry.cs"), StringComparison.Ordinal);

        static string Added(string file) => string.Concat(file.Split('\n').Where(line => line.StartsWith('+')).Select(line => line[1..] + "\n"));

        static string Source(string name) => File.ReadAllText(Path.Combine(Folder, "sources", name)).ReplaceLineEndings("\n");
    }

    [Fact]
    public void Every_test_that_the_page_of_laws_names_exists()
    {
        var tests = typeof(DocumentationTests).Assembly.GetTypes().SelectMany(type => type.GetMethods()
            .Where(method => method.GetCustomAttributes(typeof(FactAttribute), inherit: true).Length > 0)
            .Select(method => $"{type.Name}.{method.Name}")).ToHashSet();
        var named = TestName().Matches(File.ReadAllText(Path.Combine(Folder, "laws.md"))).Select(match => match.Groups["name"].Value).ToList();
        Assert.True(named.Count > 60, "too few");
        Assert.Empty(named.Except(tests));
    }

    private static string Words(string text) => Space().Replace(text, " ").Trim();

    [GeneratedRegex(@"^```(csharp|fsharp)\r?\n(?<code>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"^```diff\r?\n(?<diff>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Diff();

    [GeneratedRegex("`(?<name>[A-Za-z]+Tests\\.[A-Za-z0-9_]+)`")]
    private static partial Regex TestName();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
