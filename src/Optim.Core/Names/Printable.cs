using System.Buffers;
using System.Globalization;
using System.Text;

namespace Optim.Names;

/// <summary>Text from a file, such that printing it only prints: control characters, by which it could clear a screen or set its title, and those that turn the direction of writing are spelled out, <c>\u001b</c>. Lines and tabs stay.</summary>
internal static class Printable
{
    private static readonly SearchValues<char> Hidden = SearchValues.Create(
        [.. Enumerable.Range(0, 0xA0).Select(c => (char)c).Where(c => char.IsControl(c) && c is not ('\n' or '\t')), '\u200E', '\u200F', .. "\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069"]);

    /// <summary>Whether a text can be printed as it is.</summary>
    public static bool IsPrintable(ReadOnlySpan<char> text) => !text.ContainsAny(Hidden);

    /// <summary>The text, what is hidden in it spelled out.</summary>
    public static string Text(string text) => IsPrintable(text) ? text : Spelled(text);

    /// <summary>The text, what is hidden in it spelled out.</summary>
    public static string Spelled(ReadOnlySpan<char> text)
    {
        var spelled = new StringBuilder();
        foreach (char c in text)
        {
            spelled.Append(Hidden.Contains(c) ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}") : c);
        }

        return spelled.ToString();
    }
}
