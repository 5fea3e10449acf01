using System.Text;
using Optim.Names;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Optim.Cli;

/// <summary>A command's output: what names and texts of files hold of control characters is spelled out, whoever prints it, so that no file commands the terminal.</summary>
internal sealed class PrintableWriter(TextWriter inner) : TextWriter(inner.FormatProvider)
{
    /// <summary>Where it goes: for those who move the cursor themselves.</summary>
    public TextWriter Inner => inner;

    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value)
    {
        if (Printable.IsPrintable([value]))
        {
            inner.Write(value);
        }
        else
        {
            inner.Write(Printable.Spelled([value]));
        }
    }

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void Write(ReadOnlySpan<char> buffer)
    {
        if (Printable.IsPrintable(buffer))
        {
            inner.Write(buffer);
        }
        else
        {
            inner.Write(Printable.Spelled(buffer));
        }
    }

    public override void Write(string? value) => Write(value.AsSpan());

    public override void WriteLine() => inner.WriteLine();

    public override void WriteLine(string? value)
    {
        Write(value);
        inner.WriteLine();
    }

    public override void Flush() => inner.Flush();
}

/// <summary>The same for a console, which has control characters of its own: colours and cursor movements.</summary>
internal sealed class PrintableText : IRenderHook
{
    public IEnumerable<IRenderable> Process(RenderOptions options, IEnumerable<IRenderable> renderables) => renderables.Select(renderable => new Spelled(renderable));

    private sealed class Spelled(IRenderable inner) : IRenderable
    {
        public Measurement Measure(RenderOptions options, int maxWidth) => inner.Measure(options, maxWidth);

        public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) =>
            inner.Render(options, maxWidth).Select(segment => segment.IsControlCode || Printable.IsPrintable(segment.Text) ? segment : new(Printable.Text(segment.Text), segment.Style));
    }
}
