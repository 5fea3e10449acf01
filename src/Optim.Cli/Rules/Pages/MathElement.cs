using System.Globalization;
using System.Net;

namespace Optim.Cli.Rules.Pages;

/// <summary>The elements of MathML that tokens of a formula become.</summary>
internal static class MathElement
{
    /// <summary>A variable or a function: a Greek letter by its sign, a b with a number as a beta.</summary>
    public static FormulaNode Name(FormulaToken token)
    {
        var (main, subscript, marks) = FormulaReader.Parts(token.Text);
        string symbol = main == "b" && subscript.Length > 0 && char.IsAsciiDigit(subscript[0]) ? "β" : FormulaReader.Letter(main);
        var node = new FormulaNode($"<mi>{symbol}</mi>") { IsName = true, IsWide = main.Length > 1 && symbol == main };
        if (subscript.Length > 0)
        {
            node = node.Lowered(char.IsAsciiDigit(subscript[0]) ? $"<mn>{subscript}</mn>" : $"<mi>{subscript}</mi>");
        }

        return marks.Length == 0 ? node : node.Raised(Sign(marks.Replace('\'', '′').Replace('-', '−')));
    }

    /// <summary>A number; 1e-8 as a power of ten.</summary>
    public static string Number(string text)
    {
        int exponent = text.IndexOf('e', StringComparison.Ordinal);
        return exponent < 0
            ? $"<mn>{text}</mn>"
            : string.Create(CultureInfo.InvariantCulture, $"{(text[..exponent] == "1" ? "" : $"<mn>{text[..exponent]}</mn>{Sign("·")}")}<msup><mn>10</mn><mrow>{(text[exponent + 1] == '-' ? Sign("−") : "")}<mn>{text[(exponent + 1)..].TrimStart('-', '+')}</mn></mrow></msup>");
    }

    /// <summary>A token by itself.</summary>
    public static string Plain(FormulaToken token) => token.Kind switch
    {
        FormulaKind.Number => Number(token.Text),
        FormulaKind.Name => Name(token).Markup,
        _ => Sign(token.Text switch { "-" => "−", "<=" => "≤", ">=" => "≥", "..." => "⋯", var text => text }),
    };

    public static string Sign(string text) => $"<mo>{WebUtility.HtmlEncode(text)}</mo>";

    /// <summary>What stands between two signs that are as high as it is.</summary>
    public static string Fenced(string open, string inside, string close) =>
        $"<mrow><mo fence=\"true\" form=\"prefix\">{open}</mo>{inside}<mo fence=\"true\" form=\"postfix\">{close}</mo></mrow>";
}
