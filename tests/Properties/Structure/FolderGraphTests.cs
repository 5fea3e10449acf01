using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Structure;

/// <summary>Dependencies point one way, from folder to folder.</summary>
public class FolderGraphTests(ITestOutputHelper output)
{
    private static readonly Lazy<FolderGraph> Core = new(() => FolderGraph.Of(typeof(Rule).Assembly.Location, "/src/Optim.Core/"));

    [Fact]
    public void The_folders_of_the_core_form_no_circle()
    {
        foreach (var (edge, types) in Core.Value.Edges.OrderBy(edge => edge.Key.From, StringComparer.Ordinal))
        {
            output.WriteLine($"{edge.From} -> {edge.To}: {string.Join(", ", types.Take(3))}");
        }

        var circles = Core.Value.Circles();
        Assert.True(circles.Count == 0, string.Join('\n', circles.Select(circle =>
            $"{string.Join(" -> ", circle)}: {string.Join(", ", Core.Value.Edges[(circle[0], circle[1])].Take(10))}")));
    }

    [Fact]
    public void Every_folder_with_code_is_in_the_graph()
    {
        string root = Path.Combine(Repository.Root, "src", "Optim.Core");
        var folders = Directory.EnumerateDirectories(root)
            .Where(folder => Path.GetFileName(folder) is not ("bin" or "obj") && Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories).Any())
            .Select(Path.GetFileName);
        Assert.Equal(folders.Order(StringComparer.Ordinal), Core.Value.Folders.Order(StringComparer.Ordinal));
        Assert.Empty(Directory.EnumerateFiles(root, "*.cs"));
    }

    [Theory]
    [InlineData("Rules", "Engine")]
    [InlineData("Engine", "Tensors")]
    [InlineData("Tensors", "Lanes")]
    [InlineData("States", "Engine")]
    public void What_is_known_to_be_an_edge_is_seen(string from, string to) => Assert.Contains((from, to), Core.Value.Edges.Keys);
}
