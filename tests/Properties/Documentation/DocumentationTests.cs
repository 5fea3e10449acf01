using System.Diagnostics;
using System.Text.RegularExpressions;
using Optim.Properties.Checking;
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
    public void The_worked_example_is_the_whole_rule_of_the_sample()
    {
        string source = File.ReadAllText(Path.Combine(Folder, "sources", "ScaleByCoherence.cs"));
        Assert.Contains(
            Words(source[source.IndexOf("/// <summary>", StringComparison.Ordinal)..]), Words(File.ReadAllText(Path.Combine(Folder, "CONTRIBUTING.md"))), StringComparison.Ordinal);
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

    public static TheoryData<string> Documents =>
        [.. Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md").Append("README.md").Append("CONTRIBUTING.md").Append("CHANGELOG.md").Select(path => Path.GetRelativePath(Repository.Root, Path.Combine(Repository.Root, path)))];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_link_leads_to_a_file_and_a_heading(string document)
    {
        string path = Path.Combine(Repository.Root, document), text = Code().Replace(File.ReadAllText(path), "");
        var broken = Link().Matches(text).Select(match => match.Groups["link"].Value).Where(link => !link.StartsWith("http", StringComparison.Ordinal)).Where(link =>
        {
            string[] parts = link.Split('#', 2);
            string file = parts[0].Length == 0 ? path : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, parts[0]));
            return !File.Exists(file) || (parts.Length == 2 && !Anchors(File.ReadAllText(file)).Contains(parts[1]));
        });
        Assert.Empty(broken);
    }

    [Fact]
    public void The_menu_of_the_site_has_every_page_and_no_other()
    {
        var pages = Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md").Select(path => Path.GetFileNameWithoutExtension(path)).Concat(["contributing", "changelog"]);
        string template = File.ReadAllText(Path.Combine(Repository.Root, "docs", "_template.html"));
        var menu = MenuItem().Matches(template[template.IndexOf("<nav", StringComparison.Ordinal)..]).Select(match => match.Groups["page"].Value);
        Assert.Equal(pages.Append("reference/index").Order(StringComparer.Ordinal), menu.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_first_program_prints_what_its_page_says()
    {
        string folder = Directory.CreateTempSubdirectory("optim-docs-").FullName;
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [Path.Combine(AppContext.BaseDirectory, "GettingStarted.dll")])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = folder,
        };
        using var run = Process.Start(start)!;
        string printed = await run.StandardOutput.ReadToEndAsync();
        await run.WaitForExitAsync();
        Assert.Contains($"```text\n{printed.ReplaceLineEndings("\n")}```", File.ReadAllText(Path.Combine(Folder, "getting-started.md")).ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(folder, "trained.safetensors")));
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>The anchors that GitHub gives a document's headings, and the site's build after it.</summary>
    private static HashSet<string> Anchors(string text)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (Match heading in Heading().Matches(Code().Replace(text, "")))
        {
            string name = NoWord().Replace(MarkdownLink().Replace(heading.Groups["text"].Value, "$1").Trim().ToLowerInvariant(), "").Replace(' ', '-');
            names.Add(names.Contains(name) ? $"{name}-1" : name);
        }

        return names;
    }

    private static string Words(string text) => Space().Replace(text, " ").Trim();

    [GeneratedRegex(@"^```(csharp|fsharp)\r?\n(?<code>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex("`(?<name>[A-Za-z]+Tests\\.[A-Za-z0-9_]+)`")]
    private static partial Regex TestName();

    [GeneratedRegex(@"^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Code();

    [GeneratedRegex("""\]\((?<link>[^)\s]+)\)|(?:src|href)=.(?<link>[^"]+)["]""")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#{1,6} (?<text>.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"\[([^\]]*)\]\([^)]*\)")]
    private static partial Regex MarkdownLink();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NoWord();

    [GeneratedRegex(@"\{\{root\}\}(?<page>[^"".]+)\.html")]
    private static partial Regex MenuItem();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
