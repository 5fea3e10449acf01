namespace Optim.Cli.Rules.Pages;

/// <summary>A part of an expression.</summary>
/// <param name="Markup">Its MathML, of one element or a row of them.</param>
internal sealed record FormulaNode(string Markup)
{
    /// <summary>What is between its parentheses; null where it has none.</summary>
    public string? Inner { get; init; }

    public FormulaNode? Above { get; init; }

    public FormulaNode? Below { get; init; }

    public bool IsSum { get; init; }

    public bool IsName { get; init; }

    public bool IsWide { get; init; }

    public bool IsRange { get; init; }

    public bool IsOperator { get; init; }

    // A fraction needs no parentheses among the factors of a product.
    public string WithoutNeedless => Inner is { } inner && inner.StartsWith("<mfrac>", StringComparison.Ordinal) && inner.IndexOf("</mfrac>", StringComparison.Ordinal) == inner.Length - "</mfrac>".Length ? inner : Markup;

    /// <summary>Factors side by side.</summary>
    public static FormulaNode Product(IReadOnlyList<FormulaNode> factors) => factors.Count == 1 ? factors[0] : new(string.Concat(factors.Select((factor, i) => (i == 0 ? "" : Space(factors[i - 1], factor)) + factor.WithoutNeedless)))
    {
        IsRange = factors.Any(factor => factor.IsRange),
    };

    public static FormulaNode Quotient(FormulaNode above, FormulaNode below) =>
        new($"<mfrac><mrow>{above.Inner ?? above.Markup}</mrow><mrow>{below.Inner ?? below.Markup}</mrow></mfrac>") { Above = above, Below = below };

    /// <summary>With an exponent, above an index where there is one.</summary>
    public FormulaNode Raised(string exponent) =>
        new(Base is null ? $"<msup><mrow>{Markup}</mrow>{exponent}</msup>" : $"<msubsup><mrow>{Base}</mrow>{Index}{exponent}</msubsup>") { IsName = IsName, IsWide = IsWide };

    public FormulaNode Lowered(string index) => new($"<msub><mrow>{Markup}</mrow>{index}</msub>") { IsName = IsName, IsWide = IsWide, Base = Markup, Index = index };

    private string? Base { get; init; }

    private string? Index { get; init; }

    private static string Space(FormulaNode left, FormulaNode right) =>
        left.IsOperator || right.IsOperator ? "" : left.IsWide || right.IsWide ? "<mspace width=\"0.3em\"/>" : "<mspace width=\"0.12em\"/>";
}
