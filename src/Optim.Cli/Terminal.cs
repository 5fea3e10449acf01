using System.Runtime.InteropServices;
using Spectre.Console;

namespace Optim.Cli;

/// <summary>Consoles with colour only in a terminal, and not if <c>NO_COLOR</c> is set.</summary>
internal static class Terminal
{
    /// <summary>The columns of files and pipes.</summary>
    public const int UsualWidth = 80;

    private const int NarrowestHelp = 60, WidestHelp = 120;

    /// <summary>The columns of help: the terminal's, up to a readable width; 80 in files and pipes.</summary>
    public static int HelpWidth => Console.IsOutputRedirected ? UsualWidth : Math.Clamp(Console.WindowWidth, NarrowestHelp, WidestHelp);

    /// <summary>A console on a writer. On anything but a terminal: no colour, no cursor movements, lines of 80 columns.</summary>
    /// <param name="output">The writer.</param>
    /// <param name="folding">Whether to wrap lines at the terminal's width; not for lines meant for grep.</param>
    public static IAnsiConsole For(TextWriter output, bool folding)
    {
        // Spectre judges colours by the environment alone and would colour a file, too. NO_COLOR is its own affair.
        bool terminal = IsOn(output);
        var target = new AnsiConsoleOutput(Raw(output));
        var console = AnsiConsole.Create(terminal
            ? new() { Out = target }
            : new() { Out = target, Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No });
        console.Pipeline.Attach(new PrintableText());
        if (!folding)
        {
            console.Profile.Width = int.MaxValue;
        }
        else if (!terminal)
        {
            console.Profile.Width = UsualWidth;
        }

        return console;
    }

    /// <summary>Whether the output is a terminal.</summary>
    public static bool IsOn(TextWriter writer) =>
        (ReferenceEquals(Raw(writer), Console.Out) && !Console.IsOutputRedirected) || (ReferenceEquals(Raw(writer), Console.Error) && !Console.IsErrorRedirected);

    /// <summary>The writer under a command's output, for those who move the cursor themselves and print nothing of files.</summary>
    public static TextWriter Raw(TextWriter writer) => writer is PrintableWriter printable ? printable.Inner : writer;

    /// <summary>Progress bars and prompts hide the cursor; Ctrl-C may end the process before they show it again.</summary>
    /// <returns>Ends this when disposed.</returns>
    public static IDisposable ShowCursorWhenInterrupted() => PosixSignalRegistration.Create(PosixSignal.SIGINT, _ =>
    {
        if (!Console.IsOutputRedirected)
        {
            Console.CursorVisible = true;
        }
    });
}
