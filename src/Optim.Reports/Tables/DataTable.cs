using System.Globalization;
using System.Text.Json.Nodes;

namespace Optim.Reports;

/// <summary>A column's type: <see cref="string"/>, <see cref="long"/>, <see cref="double"/> or <see cref="bool"/>; cells may be empty.</summary>
public enum ColumnKind
{
    /// <summary>Any text.</summary>
    Text,

    /// <summary>Integers.</summary>
    Whole,

    /// <summary>Numbers, including NaN and infinities.</summary>
    Number,

    /// <summary>True or false.</summary>
    Flag,
}

/// <summary>A column's name and kind; and the columns of rows of any type.</summary>
/// <param name="name">The name.</param>
/// <param name="kind">The kind of its cells.</param>
public sealed class Column(string name, ColumnKind kind)
{
    /// <summary>The name.</summary>
    public string Name { get; } = name;

    /// <summary>The kind of its cells.</summary>
    public ColumnKind Kind { get; } = kind;

    /// <summary>A column of texts.</summary>
    /// <typeparam name="R">A row.</typeparam>
    /// <param name="name">The name.</param>
    /// <param name="cell">From a row to its cell; null for an empty one.</param>
    public static Column<R> Text<R>(string name, Func<R, string?> cell) => new(new(name, ColumnKind.Text), cell);

    /// <summary>A column of integers.</summary>
    /// <typeparam name="R">A row.</typeparam>
    /// <param name="name">The name.</param>
    /// <param name="cell">From a row to its cell; null for an empty one.</param>
    public static Column<R> Whole<R>(string name, Func<R, long?> cell) => new(new(name, ColumnKind.Whole), row => cell(row));

    /// <summary>A column of numbers.</summary>
    /// <typeparam name="R">A row.</typeparam>
    /// <param name="name">The name.</param>
    /// <param name="cell">From a row to its cell; null for an empty one.</param>
    public static Column<R> Number<R>(string name, Func<R, double?> cell) => new(new(name, ColumnKind.Number), row => cell(row));

    /// <summary>A column of booleans.</summary>
    /// <typeparam name="R">A row.</typeparam>
    /// <param name="name">The name.</param>
    /// <param name="cell">From a row to its cell; null for an empty one.</param>
    public static Column<R> Flag<R>(string name, Func<R, bool?> cell) => new(new(name, ColumnKind.Flag), row => cell(row));
}

/// <summary>A column and its accessor: see <see cref="Column.Number"/> and its kin.</summary>
/// <typeparam name="R">A row.</typeparam>
public sealed class Column<R>
{
    internal Column(Column heading, Func<R, object?> cell) => (Heading, Cell) = (heading, cell);

    /// <summary>The column's name and kind.</summary>
    public Column Heading { get; }

    internal Func<R, object?> Cell { get; }
}

/// <summary>A named table of typed columns, for charts and CSV files. Immutable.</summary>
public sealed class DataTable
{
    private readonly object?[][] rows;

    private DataTable(string name, IReadOnlyList<Column> columns, object?[][] rows)
    {
        Name = name;
        Columns = columns;
        this.rows = rows;
    }

    /// <summary>Its name, also of its file: lower case, digits and hyphens.</summary>
    public string Name { get; }

    /// <summary>The columns, in order.</summary>
    public IReadOnlyList<Column> Columns { get; }

    /// <summary>The rows: one cell per column, null or of the column's type.</summary>
    public IReadOnlyList<IReadOnlyList<object?>> Rows => rows;

    /// <summary>Creates a table from rows.</summary>
    /// <typeparam name="R">A row.</typeparam>
    /// <param name="name">The name: lower-case letters, digits and hyphens.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="columns">The columns, of different names.</param>
    /// <exception cref="ArgumentException">The name is not a valid file name, or two columns have the same name.</exception>
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

    /// <summary>The rows as JSON: an array of objects, whose members are the columns. Non-finite numbers are null.</summary>
    public JsonArray ToJson() => new([.. rows.Select(row => new JsonObject(Columns.Select((column, i) => KeyValuePair.Create(column.Name, Json(row[i])))))]);

    /// <summary>The distinct texts of a column, in order of first occurrence.</summary>
    internal IReadOnlyList<string> Distinct(string column)
    {
        int index = IndexOf(column);
        return [.. rows.Select(row => Convert.ToString(row[index], CultureInfo.InvariantCulture) ?? "").Distinct(StringComparer.Ordinal)];
    }

    /// <summary>A column's index.</summary>
    /// <param name="column">Its name.</param>
    /// <exception cref="ArgumentException">There is no such column.</exception>
    public int IndexOf(string column)
    {
        int index = Columns.Select((heading, i) => heading.Name == column ? i : -1).Max();
        return index >= 0 ? index : throw new ArgumentException($"The table '{Name}' has no column '{column}'; it has {string.Join(", ", Columns.Select(heading => heading.Name))}.", nameof(column));
    }

    /// <summary>A cell; null if it is empty or not finite.</summary>
    internal static JsonNode? Json(object? cell) => cell switch
    {
        double number => double.IsFinite(number) ? JsonValue.Create(number) : null,
        long number => number,
        bool flag => flag,
        _ => (string?)cell,
    };
}
