using System.Globalization;
using System.Text;

namespace Optim.Names;

/// <summary>A name from a file or a command line, for an error message: truncated, quoted, without control characters.</summary>
internal static class QuotedName
{
    private const int LongestName = 200;

    public static string Of(string name)
    {
        var text = new StringBuilder("'");
        foreach (char c in name.AsSpan(0, Math.Min(name.Length, LongestName)))
        {
            text.Append(char.IsControl(c) || char.IsSurrogate(c) || !Printable.IsPrintable([c]) ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}") : c);
        }

        return text.Append(name.Length > LongestName ? "...'" : "'").ToString();
    }
}
