using Spectre.Console;

namespace Optim.Cli;

/// <summary>Consoles that colour a terminal and nothing else.</summary>
internal static class Terminal
{
    /// <summary>A console on a writer. On anything but a terminal: no colour, no cursor movements.</summary>
    /// <param name="output">The writer.</param>
    /// <param name="folding">Whether lines are folded at the terminal's width; lines that are for grep are not.</param>
    public static IAnsiConsole For(TextWriter output, bool folding)
    {
        // Spectre judges colours by the environment alone and would colour a file, too.
        bool terminal = ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected;
        var target = new AnsiConsoleOutput(output);
        var console = AnsiConsole.Create(terminal
            ? new() { Out = target }
            : new() { Out = target, Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No });
        if (!folding)
        {
            console.Profile.Width = int.MaxValue;
        }

        return console;
    }
}
