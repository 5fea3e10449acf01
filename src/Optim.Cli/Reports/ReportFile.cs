namespace Optim.Cli.Reports;

/// <summary>The file a report is to go to.</summary>
internal static class ReportFile
{
    /// <summary>Refuses a file that cannot be written, before the work and not after it. Leaves no trace of the attempt.</summary>
    /// <exception cref="IOException">The folder is missing, or the path is no file's.</exception>
    /// <exception cref="UnauthorizedAccessException">The file is read-only or a folder, or may not be written.</exception>
    public static void RequireWritable(FileInfo file)
    {
        bool existed = file.Exists;
        using (file.Open(FileMode.OpenOrCreate, FileAccess.Write))
        {
        }

        if (!existed)
        {
            file.Delete();
        }
    }
}
