namespace Optim.Cli.Reports;

/// <summary>A part of a page under a heading of its own.</summary>
/// <param name="Heading">The heading.</param>
/// <param name="Blocks">What is below it, in order.</param>
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

/// <summary>A table to read; the first column holds names, the others figures as they are printed.</summary>
/// <param name="Headings">A text a column.</param>
/// <param name="Rows">As many cells as there are headings.</param>
internal sealed record TextTable(IReadOnlyList<string> Headings, IReadOnlyList<IReadOnlyList<string>> Rows) : Block;
