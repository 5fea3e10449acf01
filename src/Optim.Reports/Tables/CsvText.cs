using System.Globalization;
using System.Text;

namespace Optim.Reports;

/// <summary>
/// A table in RFC 4180 format: a header line, then one line per row, each ending in CR LF; texts with a comma, a quote or a line break are
/// quoted. Numbers are culture-invariant and round-trip; NaN, Infinity and -Infinity are written as such; an empty cell is empty, an empty text is "".
/// </summary>
internal static class CsvText
{
    /// <summary>The file's text.</summary>
    public static string Of(DataTable table)
    {
        var text = new StringBuilder();
        Line(text, table.Columns.Select(column => (object?)column.Name));
        return text.Append(Rows(table)).ToString();
    }

    /// <summary>The rows alone, without the header.</summary>
    public static string Rows(DataTable table)
    {
        var text = new StringBuilder();
        foreach (var row in table.Rows)
        {
            Line(text, row);
        }

        return text.ToString();
    }

    private static void Line(StringBuilder text, IEnumerable<object?> cells) => text.AppendJoin(',', cells.Select(Cell)).Append("\r\n");

    private static string Cell(object? cell) => cell switch
    {
        null => "",
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        long number => number.ToString(CultureInfo.InvariantCulture),
        bool flag => flag ? "true" : "false",
        _ => Quoted((string)cell),
    };

    private static string Quoted(string text) =>
        text.Length > 0 && text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
