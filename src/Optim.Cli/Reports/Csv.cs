using System.Globalization;
using System.Text;

namespace Optim.Cli.Reports;

/// <summary>
/// A table as RFC 4180 has it: a line of names, then a line a row, each ended by CR LF; a text with a comma, a quote or a line's end is
/// quoted. Numbers are invariant and read back to the bit; NaN, Infinity and -Infinity are written so; an empty cell is nothing, an empty text is "".
/// </summary>
internal static class Csv
{
    /// <summary>The file's text.</summary>
    public static string Of(DataTable table)
    {
        var text = new StringBuilder();
        Line(text, table.Columns.Select(column => (object?)column.Name));
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
