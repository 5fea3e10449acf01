using Spectre.Console;
using Spectre.Console.Rendering;

namespace Optim.Properties.Cli;

/// <summary>A terminal at which the keys have been typed already.</summary>
internal sealed class TypedConsole(TextWriter output, IEnumerable<ConsoleKeyInfo> keys) : IAnsiConsole, IAnsiConsoleInput
{
    private readonly Queue<ConsoleKeyInfo> keys = new(keys);

    private readonly IAnsiConsole console = AnsiConsole.Create(new()
    {
        Out = new AnsiConsoleOutput(output), Ansi = AnsiSupport.Yes, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.Yes,
    });

    public Profile Profile => console.Profile;

    public IAnsiConsoleCursor Cursor => console.Cursor;

    public IAnsiConsoleInput Input => this;

    public IExclusivityMode ExclusivityMode => console.ExclusivityMode;

    public RenderPipeline Pipeline => console.Pipeline;

    /// <summary>The keys of a line, with Enter at its end.</summary>
    public static IEnumerable<ConsoleKeyInfo> Line(string text) =>
        [.. text.Select(c => new ConsoleKeyInfo(c, (ConsoleKey)char.ToUpperInvariant(c), false, false, false)), new('\r', ConsoleKey.Enter, false, false, false)];

    /// <summary>Down so many times, then Enter.</summary>
    public static IEnumerable<ConsoleKeyInfo> Down(int times) =>
        [.. Enumerable.Repeat(new ConsoleKeyInfo('\0', ConsoleKey.DownArrow, false, false, false), times), new('\r', ConsoleKey.Enter, false, false, false)];

    public void Clear(bool home) => console.Clear(home);

    public void Write(IRenderable renderable) => console.Write(renderable);

    public void WriteAnsi(Action<AnsiWriter> action) => console.WriteAnsi(action);

    public bool IsKeyAvailable() => keys.Count > 0;

    public ConsoleKeyInfo? ReadKey(bool intercept) => keys.Dequeue();

    public Task<ConsoleKeyInfo?> ReadKeyAsync(bool intercept, CancellationToken cancellationToken) => Task.FromResult<ConsoleKeyInfo?>(keys.Dequeue());
}
