namespace Optim.Reports;

/// <summary>A section of a page. Immutable.</summary>
/// <param name="heading">The heading.</param>
/// <param name="blocks">Its content, in order; a text is a paragraph.</param>
public sealed class Section(string heading, params IReadOnlyList<Block> blocks)
{
    /// <summary>The heading.</summary>
    public string Heading { get; } = heading;

    /// <summary>Its content, in order.</summary>
    public IReadOnlyList<Block> Blocks { get; } = blocks;
}

/// <summary>A piece of a page: a <see cref="Paragraph"/>, <see cref="Link"/>, <see cref="Code"/>, <see cref="TextTable"/> or <see cref="Chart"/>.</summary>
public abstract class Block
{
    private protected Block()
    {
    }

    /// <summary>A text is a paragraph.</summary>
    /// <param name="text">The text.</param>
    public static implicit operator Block(string text) => new Paragraph(text);
}

/// <summary>A paragraph.</summary>
/// <param name="text">The text.</param>
public sealed class Paragraph(string text) : Block
{
    /// <summary>The text.</summary>
    public string Text { get; } = text;
}

/// <summary>A paragraph that ends with a link.</summary>
/// <param name="text">What stands before the link.</param>
/// <param name="address">The address, which is also what is shown.</param>
public sealed class Link(string text, string address) : Block
{
    /// <summary>What stands before the link.</summary>
    public string Text { get; } = text;

    /// <summary>The address.</summary>
    public string Address { get; } = address;
}

/// <summary>A command line or other verbatim text.</summary>
/// <param name="text">The text.</param>
public sealed class Code(string text) : Block
{
    /// <summary>The text.</summary>
    public string Text { get; } = text;
}

/// <summary>A table for display; the first column has names, the others formatted figures.</summary>
/// <param name="headings">One heading per column.</param>
/// <param name="rows">Rows with one cell per heading.</param>
public sealed class TextTable(IReadOnlyList<string> headings, IReadOnlyList<IReadOnlyList<string>> rows) : Block
{
    /// <summary>One heading per column.</summary>
    public IReadOnlyList<string> Headings { get; } = headings;

    /// <summary>Rows with one cell per heading.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Rows { get; } = rows;
}
