namespace Optim.Cli.Rules.Pages;

/// <summary>The kinds of tokens in the text of a formula.</summary>
internal enum FormulaKind
{
    /// <summary>A word of prose.</summary>
    Word,

    /// <summary>A variable, a constant or a function.</summary>
    Name,

    /// <summary>A number.</summary>
    Number,

    /// <summary>An operator, a relation or a separator.</summary>
    Sign,
}

/// <summary>A token of a formula.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Text">Its text.</param>
/// <param name="AfterSpace">Whether white space precedes it: f(x) is a function, f (x) is a product.</param>
internal readonly record struct FormulaToken(FormulaKind Kind, string Text, bool AfterSpace)
{
    public bool IsSign(string text) => Kind == FormulaKind.Sign && Text == text;

    public bool IsOpening => IsSign("(") || IsSign("[");

    public bool IsClosing => IsSign(")") || IsSign("]");

    public bool IsRelation => Kind == FormulaKind.Sign && Text is "=" or "<" or ">" or "<=" or ">=" or "+=" or "-=" or "<-";
}
