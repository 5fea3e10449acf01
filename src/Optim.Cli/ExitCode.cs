namespace Optim.Cli;

/// <summary>The exit codes; <c>docs/command-line.md</c> documents them.</summary>
internal static class ExitCode
{
    /// <summary>Success.</summary>
    public const int Done = 0;

    /// <summary>The answer is no, the result is invalid, or the command line is invalid.</summary>
    public const int Failed = 1;

    /// <summary>A file or folder cannot be read or written, or its content is invalid.</summary>
    public const int Unreadable = 2;

    /// <summary>Interrupted by Ctrl-C: 128 plus the number of SIGINT, as in shells.</summary>
    public const int Interrupted = 130;

    /// <summary>The codes, for help.</summary>
    public const string InWords = """
        Exit codes: 0 success; 1 the answer is no, the result is invalid, or the command line is invalid; 2 a file or folder cannot
        be read or written, or is invalid; 130 interrupted by Ctrl-C.
        """;
}
