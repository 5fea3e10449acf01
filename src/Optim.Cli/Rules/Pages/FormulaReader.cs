using System.Text.RegularExpressions;

namespace Optim.Cli.Rules.Pages;

/// <summary>
/// Reads a line of a formula into tokens. A formula mixes mathematics and prose ("0 at first", "where |z| &lt;= l1"); what is which is told by a name's form (a letter, digits, a subscript, the name of a Greek letter) and by a list of the words that are variables.
/// </summary>
internal static partial class FormulaReader
{
    // Variables that are words of prose as well: they are variables beside an operator, a number or another variable.
    private static readonly HashSet<string> Ambiguous =
    [
        "trust", "growth", "dampening", "decay", "slow", "shrink", "scale", "radius", "least", "most", "power", "rows", "columns", "good", "factor", "floor", "loss", "interval", "backoff",
    ];

    private static readonly Dictionary<string, string> Greek = new()
    {
        ["eps"] = "ε", ["mu"] = "μ", ["nu"] = "ν", ["rho"] = "ρ", ["psi"] = "ψ", ["eta"] = "η", ["alpha"] = "α", ["beta"] = "β", ["gamma"] = "γ", ["delta"] = "δ", ["lambda"] = "λ", ["theta"] = "θ", ["tau"] = "τ",
    };

    /// <summary>The tokens of a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="formula">The whole formula: where it assigns to a, the letter is no article.</param>
    public static List<FormulaToken> Tokens(string line, IReadOnlyList<string> formula)
    {
        var matches = Token().Matches(line).ToArray();
        bool hasA = formula.Any(other => AssignsA().IsMatch(other));
        var tokens = new List<FormulaToken>();
        for (int i = 0; i < matches.Length; i++)
        {
            string text = matches[i].Value;
            bool afterSpace = matches[i].Index > 0 && line[matches[i].Index - 1] == ' ';
            bool isExponent = i > 0 && matches[i - 1].Value == "^";
            bool isFunction = matches[i].Index + text.Length < line.Length && line[matches[i].Index + text.Length] == '(';
            var kind = !char.IsAsciiLetter(text[0]) ? char.IsAsciiDigit(text[0]) ? FormulaKind.Number : FormulaKind.Sign
                : text == "a" && !hasA && (IsProse(matches, i - 1) || IsProse(matches, i + 1)) ? FormulaKind.Word
                : Ambiguous.Contains(text) && (IsAt(matches, i - 1) || (EndsProse(matches, i - 1) && EndsProse(matches, i + 1))) ? FormulaKind.Word
                : isExponent || isFunction || IsName(text) ? FormulaKind.Name : FormulaKind.Word;
            tokens.Add(new(kind, text, afterSpace));
        }

        return tokens;
    }

    /// <summary>The base, subscript and marks of a name: b1' is b, 1 and '.</summary>
    public static (string Base, string Subscript, string Marks) Parts(string name)
    {
        var match = NameParts().Match(name);
        string main = match.Groups["base"].Value, digits = match.Groups["digits"].Value;
        string subscript = string.Join(',', new[] { digits, match.Groups["sub"].Value.TrimStart('_') }.Where(part => part.Length > 0));
        return (main, subscript, match.Groups["marks"].Value);
    }

    /// <summary>The letter that a base names, or itself.</summary>
    public static string Letter(string name) => Greek.GetValueOrDefault(name, name);

    private static bool IsProse(Match[] matches, int i) => i >= 0 && i < matches.Length && char.IsAsciiLetter(matches[i].Value[0]) && !IsName(matches[i].Value);

    private static bool IsAt(Match[] matches, int i) => i >= 0 && matches[i].Value == "at";

    private static bool EndsProse(Match[] matches, int i) => i < 0 || i >= matches.Length || matches[i].Value == "," || IsProse(matches, i);

    private static bool IsName(string text)
    {
        var match = NameParts().Match(text);
        string main = match.Groups["base"].Value;
        return match.Success && (main.Length == 1 || main is "lr" or "wd" or "mod" or "swa" or "ema" || Greek.ContainsKey(main) || Ambiguous.Contains(main) || match.Groups["sub"].Length > 0);
    }

    // A name with digits, subscript, primes or a raised sign; a word; a number; a sign.
    [GeneratedRegex("""[A-Za-z]+\d*(_[A-Za-z0-9]+)*('(?![a-z]))*((?<=eta)[+-](?=[ ,;]|$))?([-'][A-Za-z]{2,}|'s\b)*|\d+(\.\d+)?(e[+-]?\d+)?|\.\.\.|<=|>=|<-|\+=|-=|\+-|[^\sA-Za-z0-9]""")]
    private static partial Regex Token();

    [GeneratedRegex("""^(?<base>[A-Za-z]+)(?<digits>\d*)(?<sub>(_[A-Za-z0-9]+)*)(?<marks>'*[+-]?)$""")]
    private static partial Regex NameParts();

    [GeneratedRegex("""(^|: |, )a (\+|-)?= """)]
    private static partial Regex AssignsA();
}
