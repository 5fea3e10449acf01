using System.Globalization;
using System.IO.Compression;
using System.Text;
using nietras.SeparatedValues;

namespace Optim.Cli.Training.Sources;

/// <summary>A column of a table, without missing values.</summary>
/// <param name="Name">The name in the header.</param>
/// <param name="Texts">Its cells.</param>
/// <param name="Numbers">The same as numbers; null if one of them is none.</param>
/// <param name="FirstText">The first row that is no number; -1 if there is none.</param>
internal sealed record TableColumn(string Name, IReadOnlyList<string> Texts, IReadOnlyList<double>? Numbers, int FirstText)
{
    /// <summary>A row as its file counts them: the header is line 1.</summary>
    public static string RowText(int row) => string.Create(CultureInfo.InvariantCulture, $"row {row + 1}");
}

/// <summary>A table with a header.</summary>
internal sealed record Table(IReadOnlyList<TableColumn> Columns, int RowCount);

/// <summary>A table is invalid; the message names it, and the row and column.</summary>
internal sealed class TableException : IOException
{
    public TableException(string message)
        : base(message)
    {
    }

    public TableException(string message, Exception cause)
        : base(message, cause)
    {
    }
}

/// <summary>Reads separated values: comma, semicolon or tab as the header has them, quotes as in RFC 4180, plain or gzipped, UTF-8.</summary>
internal static class TableFile
{
    private static readonly string[] Missing = ["", "na", "n/a", "nan", "null", "none", "?", "-"];

    /// <summary>Reads a file.</summary>
    /// <exception cref="TableException">It is invalid, or a value is missing.</exception>
    public static Table Read(FileInfo file)
    {
        try
        {
            using var stream = file.OpenRead();
            using Stream content = file.Extension == ".gz" ? new GZipStream(stream, CompressionMode.Decompress) : stream;
            using var text = new StreamReader(content, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
            return Read(text, file);
        }
        catch (Exception e) when (e is DecoderFallbackException or InvalidDataException)
        {
            throw new TableException($"'{file}' must be text in UTF-8{(file.Extension == ".gz" ? ", compressed by gzip" : "")}: {e.Message}", e);
        }
    }

    private static Table Read(TextReader text, FileInfo file)
    {
        List<string>[] columns;
        string[] names;
        List<int> lines = [];
        try
        {
            using var reader = Sep.Reader(options => options with { Unescape = true, Trim = SepTrim.All, DisableColCountCheck = true }).From(text);
            names = [.. reader.Header.ColNames];
            RequireNames(names, file);
            columns = [.. names.Select(_ => new List<string>())];
            foreach (var row in reader)
            {
                if (row.ColCount == 1 && row[0].Span.IsEmpty)
                {
                    continue;
                }

                if (row.ColCount != names.Length)
                {
                    throw new TableException(FormattableString.Invariant($"'{file}': row {columns[0].Count + 1} (line {row.LineNumberFrom}) must have {names.Length} cells, as the header has, has {row.ColCount}."));
                }

                lines.Add(row.LineNumberFrom);
                for (int i = 0; i < names.Length; i++)
                {
                    string cell = row[i].ToString();
                    if (Missing.Contains(cell.ToLowerInvariant()))
                    {
                        throw new TableException(FormattableString.Invariant(
                            $"'{file}': row {columns[0].Count + (i == 0 ? 1 : 0)} (line {row.LineNumberFrom}) has no value in the column '{names[i]}', was '{cell}'. Fill it in or leave the row out: what a missing value means is yours to decide."));
                    }

                    columns[i].Add(cell);
                }
            }
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or NotSupportedException)
        {
            throw new TableException($"'{file}' must be a table of separated values with a header: {e.Message}", e);
        }

        return columns[0].Count >= 2
            ? new([.. names.Zip(columns, (name, cells) => Column(name, cells, lines, file))], columns[0].Count)
            : throw new TableException(FormattableString.Invariant($"'{file}' must have two rows or more under its header, has {columns[0].Count}."));
    }

    private static void RequireNames(string[] names, FileInfo file)
    {
        if (names.Length < 2)
        {
            throw new TableException($"'{file}' must have a header with two columns or more, separated by commas, semicolons or tabs; it has {(names.Length == 0 ? "none" : $"'{names[0]}'")}.");
        }

        if (names.All(IsNumber))
        {
            throw new TableException($"'{file}' must begin with a header, the names of its columns; its first line has numbers: {string.Join(", ", names.Take(5))}. Put a line with the names above it.");
        }

        if (names.Index().FirstOrDefault(name => name.Item.Length == 0) is { Item: not null } nameless)
        {
            throw new TableException(FormattableString.Invariant($"'{file}' must name each column in its header; column {nameless.Index + 1} has no name."));
        }
    }

    private static TableColumn Column(string name, List<string> cells, List<int> lines, FileInfo file)
    {
        RequirePoints(name, cells, lines, file);
        double[] numbers = new double[cells.Count];
        for (int i = 0; i < numbers.Length; i++)
        {
            if (!double.TryParse(cells[i], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i]) || !double.IsFinite(numbers[i]))
            {
                return new(name, cells, null, i);
            }
        }

        return new(name, cells, numbers, -1);
    }

    /// <summary>A column of numbers some of which have a decimal comma would be one of texts, and each number a class of its own.</summary>
    private static void RequirePoints(string name, List<string> cells, List<int> lines, FileInfo file)
    {
        int comma = cells.FindIndex(cell => !IsNumber(cell));
        if (comma >= 0 && cells.TrueForAll(cell => IsNumber(cell) || IsNumber(WithPoint(cell))))
        {
            throw new TableException(FormattableString.Invariant(
                $"'{file}': row {comma + 1} (line {lines[comma]}) has '{cells[comma]}' in the column '{name}': a number has a point, not a comma: {WithPoint(cells[comma])}. Write the numbers with points; where the cells are names, put a letter before each."));
        }

        static string WithPoint(string cell) => cell.Replace(',', '.');
    }

    private static bool IsNumber(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _);
}
