using System.Globalization;

namespace Optim.Cli.Reports;

/// <summary>What a column holds: <see cref="string"/>, <see cref="long"/>, <see cref="double"/> or <see cref="bool"/>, or nothing in a cell.</summary>
internal enum ColumnKind
{
    /// <summary>Any text.</summary>
    Text,

    /// <summary>Whole numbers.</summary>
    Whole,

    /// <summary>Numbers, NaN and the infinities among them.</summary>
    Number,

    /// <summary>True or false.</summary>
    Flag,
}

/// <summary>A column's name and kind.</summary>
internal sealed record Column(string Name, ColumnKind Kind)
{
    /// <summary>A column of texts.</summary>
    public static Column<R> Text<R>(string name, Func<R, string?> cell) => new(new(name, ColumnKind.Text), cell);

    /// <summary>A column of whole numbers.</summary>
    public static Column<R> Whole<R>(string name, Func<R, long?> cell) => new(new(name, ColumnKind.Whole), row => cell(row));

    /// <summary>A column of numbers.</summary>
    public static Column<R> Number<R>(string name, Func<R, double?> cell) => new(new(name, ColumnKind.Number), row => cell(row));

    /// <summary>A column of true and false.</summary>
    public static Column<R> Flag<R>(string name, Func<R, bool?> cell) => new(new(name, ColumnKind.Flag), row => cell(row));
}

/// <summary>A column and how it is read from a row.</summary>
internal sealed record Column<R>(Column Heading, Func<R, object?> Cell);

/// <summary>Figures with a name: rows of typed columns, from which charts are drawn and CSV files written.</summary>
internal sealed class DataTable
{
    private readonly object?[][] rows;

    private DataTable(string name, IReadOnlyList<Column> columns, object?[][] rows)
    {
        Name = name;
        Columns = columns;
        this.rows = rows;
    }

    /// <summary>Its name, and its file's: lower case, digits and hyphens.</summary>
    public string Name { get; }

    /// <summary>The columns, in order.</summary>
    public IReadOnlyList<Column> Columns { get; }

    /// <summary>A cell for each column; null, or of the column's kind.</summary>
    public IReadOnlyList<IReadOnlyList<object?>> Rows => rows;

    /// <summary>The table of some rows.</summary>
    /// <exception cref="ArgumentException">The name cannot be a file's, or two columns have the same.</exception>
    public static DataTable Of<R>(string name, IEnumerable<R> rows, params IReadOnlyList<Column<R>> columns)
    {
        if (name.Length == 0 || !name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'))
        {
            throw new ArgumentException($"A table's name must be lower-case letters, digits and hyphens, was '{name}'.", nameof(name));
        }

        if (columns.GroupBy(column => column.Heading.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new ArgumentException($"Columns must have different names, '{twice.Key}' occurs twice.", nameof(columns));
        }

        return new(name, [.. columns.Select(column => column.Heading)], [.. rows.Select(row => columns.Select(column => column.Cell(row)).ToArray())]);
    }

    /// <summary>The different texts of a column, in the order of their first rows.</summary>
    public IReadOnlyList<string> Distinct(string column)
    {
        int index = IndexOf(column);
        return [.. rows.Select(row => Convert.ToString(row[index], CultureInfo.InvariantCulture) ?? "").Distinct(StringComparer.Ordinal)];
    }

    /// <summary>A column's place.</summary>
    /// <exception cref="ArgumentException">There is no such column.</exception>
    public int IndexOf(string column)
    {
        int index = Columns.Select((heading, i) => heading.Name == column ? i : -1).Max();
        return index >= 0 ? index : throw new ArgumentException($"The table '{Name}' has no column '{column}'; it has {string.Join(", ", Columns.Select(heading => heading.Name))}.", nameof(column));
    }
}
