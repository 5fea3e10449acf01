using Spectre.Console;

namespace Optim.Cli;

/// <summary>Consoles that colour a terminal and nothing else.</summary>
internal static class Terminal
{
    /// <summary>A console on a writer; its lines are for grep, too: none is folded.</summary>
    public static IAnsiConsole For(TextWriter output)
    {
        // Spectre judges by the environment alone and would colour a file, too.
        bool terminal = ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected;
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            Ansi = terminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = terminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        });
        console.Profile.Width = int.MaxValue;
        return console;
    }
}
