using System.Net;
using System.Text;

namespace Optim.Cli.Rules.Pages;

/// <summary>A formula as HTML: mathematics as MathML, which browsers set by themselves, and prose between.</summary>
internal static class FormulaMarkup
{
    // After these words an equality is stated; elsewhere the sign assigns.
    private static readonly HashSet<string> Stating = ["at", "if", "where", "with", "and", "once", "is", "for"];

    /// <summary>A formula, an element for each line.</summary>
    /// <param name="formula">The lines.</param>
    public static string Of(IReadOnlyList<string> formula) =>
        $"<div class=\"formula\">\n{string.Concat(formula.Select(line => $"<div>{Line(line, formula)}</div>\n"))}</div>";

    /// <summary>A line of a formula.</summary>
    /// <param name="line">The line.</param>
    /// <param name="formula">All of its lines.</param>
    public static string Line(string line, IReadOnlyList<string> formula)
    {
        var tokens = FormulaReader.Tokens(line, formula);
        bool[] prose = Prose(tokens);
        var html = new StringBuilder();
        for (int i = 0; i < tokens.Count;)
        {
            int end = i + 1;
            while (end < tokens.Count && prose[end] == prose[i])
            {
                end++;
            }

            if (i > 0 && tokens[i].AfterSpace)
            {
                html.Append(' ');
            }

            if (prose[i])
            {
                html.Append(WebUtility.HtmlEncode(Text(tokens, i, end)));
            }
            else
            {
                html.Append("<math displaystyle=\"true\">").Append(FormulaParser.Markup(tokens.GetRange(i, end - i), Assigns(tokens, i))).Append("</math>");
            }

            i = end;
        }

        return html.ToString();
    }

    private static string Text(List<FormulaToken> tokens, int from, int end) =>
        string.Concat(Enumerable.Range(from, end - from).Select(i => (i > from && tokens[i].AfterSpace ? " " : "") + tokens[i].Text));

    private static bool Assigns(List<FormulaToken> tokens, int start) => start == 0 || tokens[start - 1].Kind != FormulaKind.Word || !Stating.Contains(tokens[start - 1].Text);

    /// <summary>Which tokens are prose: words, what separates outside of mathematics, and parentheses around words.</summary>
    private static bool[] Prose(List<FormulaToken> tokens)
    {
        bool[] prose = [.. tokens.Select(token => token.Kind == FormulaKind.Word || token.IsSign(":"))];
        var open = new Stack<int>();
        var inside = new bool[tokens.Count];
        for (int i = 0; i < tokens.Count; i++)
        {
            if (tokens[i].IsOpening)
            {
                open.Push(i);
            }
            else if (tokens[i].IsClosing && open.TryPop(out int start))
            {
                bool hasProse = prose.AsSpan((start + 1)..i).Contains(true);
                prose[start] = prose[i] = hasProse;
                if (hasProse && start > 0 && tokens[start - 1].Kind == FormulaKind.Name && !tokens[start].AfterSpace)
                {
                    prose[start - 1] = true;
                }

                if (!hasProse)
                {
                    Array.Fill(inside, true, start, i - start);
                }
            }
            else if (tokens[i].IsClosing)
            {
                prose[i] = true;
            }
        }

        foreach (int start in open)
        {
            prose[start] = true;
        }

        // A pair between angles keeps its comma.
        for (int i = 0; i < tokens.Count; i++)
        {
            int close = FormulaParser.AngleEnd(tokens, i);
            if (close > 0)
            {
                Array.Fill(inside, true, i, close - i);
            }
        }

        for (int i = 0; i < tokens.Count; i++)
        {
            prose[i] |= tokens[i].IsSign(",") && !inside[i];
        }

        return prose;
    }
}
