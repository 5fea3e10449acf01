namespace Optim.Properties.Checking;

/// <summary>The sources, for tests that write files anew or look at what stands beside the libraries.</summary>
internal static class Repository
{
    /// <summary>The folder of Optim.sln.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Optim.sln")))
        {
            folder = folder.Parent;
        }

        return folder.FullName;
    }
}
