namespace Optim.Properties;

/// <summary>The recordings under tests/golden, copied beside the tests.</summary>
internal static class Golden
{
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "golden");

    public static IReadOnlyList<string> Files { get; } =
        [.. Directory.EnumerateFiles(Folder, "*.json").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    public static string PathOf(string file) => Path.Combine(Folder, file);
}
