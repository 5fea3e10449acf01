namespace Optim.Cli.Reports;

/// <summary>A section of a page.</summary>
/// <param name="Heading">The heading.</param>
/// <param name="Blocks">Its content, in order.</param>
internal sealed record Section(string Heading, params IReadOnlyList<Block> Blocks);

/// <summary>A piece of a page.</summary>
internal abstract record Block
{
    /// <summary>A text is a paragraph.</summary>
    public static implicit operator Block(string text) => new Paragraph(text);
}

/// <summary>A paragraph.</summary>
internal sealed record Paragraph(string Text) : Block;

/// <summary>A paragraph that ends with a link.</summary>
internal sealed record Link(string Text, string Address) : Block;

/// <summary>A command line or other verbatim text.</summary>
internal sealed record Code(string Text) : Block;

/// <summary>A table for display; the first column has names, the others formatted figures.</summary>
/// <param name="Headings">One heading per column.</param>
/// <param name="Rows">Rows with one cell per heading.</param>
internal sealed record TextTable(IReadOnlyList<string> Headings, IReadOnlyList<IReadOnlyList<string>> Rows) : Block;
