namespace Optim.Properties;

/// <summary>The recorded trajectories under tests/golden, copied beside the tests.</summary>
internal static class Golden
{
    /// <summary>The one case that is skipped until there is a schedule that follows a metric.</summary>
    public const string Awaited = "reduce_on_plateau_nonfinite_metrics";

    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "golden");

    public static IReadOnlyList<string> Files { get; } =
        [.. Directory.EnumerateFiles(Folder, "*.json").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    public static string PathOf(string file) => Path.Combine(Folder, file);
}
