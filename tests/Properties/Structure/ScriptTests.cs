using System.Text.RegularExpressions;
using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.Structure;

/// <summary>The scripts of build/ and .ci/ that tests rely on.</summary>
public partial class ScriptTests
{
    [Fact]
    public void The_public_API_is_written_down_for_each_package_after_those_that_it_refers_to()
    {
        string[] order = Projects().Match(Text("build/public-api.sh")).Groups[1].Value.Split(' ');
        Assert.Equal(
            Directory.GetDirectories(Path.Combine(Repository.Root, "src")).Where(folder => File.Exists(Path.Combine(folder, "PublicAPI.Unshipped.txt"))).Select(Path.GetFileName).Order(StringComparer.Ordinal),
            order.Order(StringComparer.Ordinal));
        Assert.All(order, project => Assert.All(
            Reference().Matches(Text($"src/{project}/{project}.csproj")).Select(match => match.Groups[1].Value).Where(order.Contains),
            other => Assert.True(Array.IndexOf(order, other) < Array.IndexOf(order, project), $"{other} must be before {project}.")));
    }

    [Fact]
    public void An_installation_that_fails_is_never_passed_over()
    {
        string[] lines = [.. Text(".ci/run").Split('\n').Where(line => line.Contains("bash build/install-", StringComparison.Ordinal))];
        Assert.Equal(3, lines.Length);
        Assert.All(lines, line => Assert.Matches("^ *job ", line));
    }

    private static string Text(string path) => File.ReadAllText(Path.Combine(Repository.Root, path));

    [GeneratedRegex(@"projects=\((Optim[^)]*)\)")]
    private static partial Regex Projects();

    [GeneratedRegex(@"ProjectReference Include=""\.\.\\([\w.]+)\\")]
    private static partial Regex Reference();
}
