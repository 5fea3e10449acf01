namespace Optim.Cli;

/// <summary>What the command exits with; <c>docs/command-line.md</c> tells users.</summary>
internal static class ExitCode
{
    /// <summary>Done, and the answer is good.</summary>
    public const int Done = 0;

    /// <summary>The answer is no, the result is wrong, or the command line cannot be understood.</summary>
    public const int Failed = 1;

    /// <summary>A file or folder cannot be read or written, or what is in it is not sound.</summary>
    public const int Unreadable = 2;

    /// <summary>Ended by Ctrl-C: 128 and the number of SIGINT, as shells have it.</summary>
    public const int Interrupted = 130;

    /// <summary>The codes in words, for help.</summary>
    public const string InWords = """
        Exit codes: 0 done; 1 the answer is no, the result is wrong, or the command line cannot be understood; 2 a file or folder cannot
        be read or written, or is not sound; 130 interrupted by Ctrl-C.
        """;
}
