namespace Optim.Cli;

/// <summary>Files that cannot be read, for commands that read some.</summary>
internal static class FileRefusals
{
    /// <summary>The exit code where a file cannot be read.</summary>
    public const int ExitCode = 2;

    /// <summary>Runs what reads files, and says what is wrong with one.</summary>
    public static int Guarded(TextWriter error, Func<int> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is CheckpointException or IOException or UnauthorizedAccessException)
        {
            error.WriteLine(e.Message);
            return ExitCode;
        }
    }
}
