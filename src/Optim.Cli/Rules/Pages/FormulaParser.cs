using static Optim.Cli.Rules.Pages.MathElement;

namespace Optim.Cli.Rules.Pages;

/// <summary>
/// Parses the mathematics between the words of a formula and writes it as MathML: quotients as fractions, roots as roots, b1 as beta with an index. Products are written side by side there as in the text. Where there is
/// more than an expression (a sum that ends in words), the tokens stand in a row, as they are.
/// </summary>
internal sealed class FormulaParser
{
    private readonly List<FormulaToken> tokens;
    private int position;
    private int bars;

    // In exponents a quotient is written with a slash.
    private int exponents;

    private FormulaParser(List<FormulaToken> tokens) => this.tokens = tokens;

    private FormulaToken? Next => position < tokens.Count ? tokens[position] : null;

    /// <summary>The MathML of some tokens.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="assigns">Whether an equals sign after a single name assigns.</param>
    public static string Markup(List<FormulaToken> tokens, bool assigns)
    {
        // What prose goes on with ends in an operator, or begins with one: n = the norm of u.
        int end = tokens.Count > 1 && tokens[^1] is { Kind: FormulaKind.Sign, Text: "=" or "+" or "-" or "/" } ? 1 : 0;
        int start = tokens.Count > 1 && tokens[0].IsSign("+") ? 1 : 0;
        bool assignsProse = end > 0 && tokens.Count == 2 && tokens[^1].IsSign("=") && assigns;
        return Parsed(tokens[start..^end], assigns) is { } markup
            ? string.Concat(tokens[..start].Select(Plain)) + markup + (assignsProse ? Sign("←") : string.Concat(tokens[^end..].Select(Plain)))
            : string.Concat(tokens.Select(Plain));
    }

    /// <summary>The same, or null where the tokens are more than an expression.</summary>
    private static string? Parsed(List<FormulaToken> tokens, bool assigns)
    {
        var parser = new FormulaParser(tokens);
        try
        {
            string markup = parser.Relations(assigns);
            return parser.Next is null ? markup : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>The index of the closing angle of a pair such as &lt;g, s&gt; that opens at an index; -1 where none does.</summary>
    public static int AngleEnd(List<FormulaToken> tokens, int open)
    {
        if (!tokens[open].IsSign("<") || open + 1 == tokens.Count || tokens[open + 1].AfterSpace)
        {
            return -1;
        }

        int close = tokens.FindIndex(open + 1, token => token.IsSign(">"));
        return close > 0 && tokens.FindIndex(open + 1, close - open, token => token.IsSign(",")) > 0 ? close : -1;
    }

    private string Relations(bool assigns)
    {
        var left = Sum();
        var markup = left.Markup;
        for (bool isFirst = true; Next is { IsRelation: true } relation; isFirst = false)
        {
            position++;
            var right = Sum();
            markup += relation.Text switch
            {
                "+=" or "-=" => Sign("←") + left.Markup + Sign(relation.Text == "+=" ? "+" : "−") + (right.IsSum ? Fenced("(", right.Markup, ")") : right.Markup),
                "=" when assigns && isFirst && left.IsName && !right.IsRange => Sign("←") + right.Markup,
                var text => Sign(text switch { "<=" => "≤", ">=" => "≥", "<-" => "←", _ => text }) + right.Markup,
            };
        }

        return markup;
    }

    private FormulaNode Sum()
    {
        string first = Next is { } sign && (sign.IsSign("-") || sign.IsSign("+-")) ? Taken(sign) : "";
        var node = Product();
        if (first.Length > 0)
        {
            node = new(first + node.Markup) { IsSum = true };
        }

        while (Next is { } token && (token.IsSign("+") || token.IsSign("-") || token.IsSign("+-")))
        {
            string operation = Taken(token);
            node = new(node.Markup + operation + Product().Markup) { IsSum = true };
        }

        return node;

        string Taken(FormulaToken token)
        {
            position++;
            return Sign(token.Text switch { "-" => "−", "+-" => "±", _ => "+" });
        }
    }

    private FormulaNode Product()
    {
        var factors = new List<FormulaNode> { Factor() };
        while (Next is { } token)
        {
            if (token.IsSign("/"))
            {
                position++;
                Divide(factors, Factor());
            }
            else if (token.IsSign(".") || token is { Kind: FormulaKind.Name, Text: "mod" })
            {
                position++;
                factors.Add(new(token.Text == "mod" ? Sign("mod") : Sign("·")) { IsOperator = true });
                factors.Add(Factor());
            }
            else if (StartsFactor(token))
            {
                factors.Add(Factor());
            }
            else
            {
                break;
            }
        }

        return FormulaNode.Product(factors);
    }

    /// <summary>What was multiplied since the last quotient is divided; a quotient itself gets another factor below.</summary>
    private void Divide(List<FormulaNode> factors, FormulaNode divisor)
    {
        if (exponents > 0)
        {
            factors.Add(new(Sign("/") + divisor.Markup) { IsOperator = true });
            return;
        }

        int last = factors.FindLastIndex(factor => factor.Below is not null);
        if (last == factors.Count - 1)
        {
            var (above, below) = (factors[last].Above!, factors[last].Below!);
            factors[last] = FormulaNode.Quotient(above, FormulaNode.Product([below, divisor]));
            return;
        }

        var numerator = factors[(last + 1)..];
        factors.RemoveRange(last + 1, numerator.Count);
        factors.Add(FormulaNode.Quotient(FormulaNode.Product(numerator), divisor));
    }

    private bool StartsFactor(FormulaToken token) =>
        token.Kind is FormulaKind.Name or FormulaKind.Number || token.IsOpening || token.IsSign("...") || (token.IsSign("|") && bars == 0) || AngleEnd(tokens, position) > 0;

    private FormulaNode Factor()
    {
        var node = Postfixed();
        while (Next is { AfterSpace: false } dot && dot.IsSign("."))
        {
            position++;
            node = new(node.Markup + Sign("·") + Postfixed().Markup);
        }

        return node;
    }

    private FormulaNode Postfixed()
    {
        var node = Primary();
        while (Next is { AfterSpace: false } token)
        {
            if (token.IsSign("^"))
            {
                position++;
                node = node.Raised(Exponent());
            }
            else if (token.IsSign("_") && position + 1 < tokens.Count)
            {
                node = node.Lowered(Plain(tokens[position + 1]));
                position += 2;
            }
            else
            {
                break;
            }
        }

        return node;
    }

    private string Exponent()
    {
        string sign = "";
        if (Next is { } token && (token.IsSign("-") || token.IsSign("+")))
        {
            position++;
            sign = Sign(token.Text == "-" ? "−" : "+");
        }

        exponents++;
        var node = Primary();
        exponents--;
        return $"<mrow>{sign}{node.Inner ?? node.Markup}</mrow>";
    }

    private FormulaNode Primary()
    {
        var token = Next ?? throw new FormatException("An operand is missing.");
        position++;
        if (token.Kind == FormulaKind.Number)
        {
            return new(Number(token.Text));
        }

        if (token.IsSign("..."))
        {
            return new("<mo>⋯</mo>") { IsRange = true };
        }

        if (token.Kind == FormulaKind.Name)
        {
            return Next is { AfterSpace: false } open && open.IsSign("(") ? Function(token) : Name(token);
        }

        if (token.IsOpening)
        {
            return List(token.Text);
        }

        if (token.IsSign("|"))
        {
            bars++;
            string inside = Sum().Markup;
            bars--;
            Expect("|");
            return new(Fenced("|", inside, "|"));
        }

        if (token.IsSign("<") && AngleEnd(tokens, position - 1) > 0)
        {
            string first = Sum().Markup;
            Expect(",");
            string second = Sum().Markup;
            Expect(">");
            return new(Fenced("⟨", first + Sign(",") + second, "⟩"));
        }

        throw new FormatException($"'{token.Text}' is no operand.");
    }

    private FormulaNode Function(FormulaToken name)
    {
        position++;
        int outside = bars;
        bars = 0;
        var arguments = List("(");
        bars = outside;
        return name.Text switch
        {
            "sqrt" => new($"<msqrt><mrow>{arguments.Inner}</mrow></msqrt>"),
            "cbrt" => new($"<mroot><mrow>{arguments.Inner}</mrow><mn>3</mn></mroot>"),
            _ => new($"<mrow>{Name(name).Markup}{arguments.Markup}</mrow>") { IsName = name.Text.Length <= 2 },
        };
    }

    private FormulaNode List(string open)
    {
        int outside = bars;
        bars = 0;
        string inside = Relations(assigns: false);
        while (Next is { } comma && comma.IsSign(","))
        {
            position++;
            inside += Sign(",") + Relations(assigns: false);
        }

        bars = outside;
        var close = Next is { IsClosing: true } token ? token : throw new FormatException("A parenthesis is not closed.");
        position++;
        return new(Fenced(open, inside, close.Text)) { Inner = open == "(" ? inside : null };
    }

    private void Expect(string sign)
    {
        if (Next is not { } token || !token.IsSign(sign))
        {
            throw new FormatException($"'{sign}' is missing.");
        }

        position++;
    }
}
