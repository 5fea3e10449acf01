using System.Globalization;
using Optim.Networks;

namespace Optim.Cli.Training.Sources;

/// <summary>
/// A table as data: one column is the target, the others are features. Numbers are standardized by the mean and the standard deviation of the rows to train on; a column of texts becomes one feature per text.
/// </summary>
internal static class TableSource
{
    // More texts than that are names or remarks, not kinds.
    private const int MostTexts = 50, MostClasses = 256;

    // Whole numbers as few as these are taken for classes.
    private const int MostWholeClasses = 20;

    /// <summary>Loads a table.</summary>
    /// <param name="file">The file.</param>
    /// <param name="options">The target, and what is held out.</param>
    /// <param name="seed">Determines what is held out.</param>
    /// <exception cref="FormatException">There is no such target.</exception>
    /// <exception cref="TableException">The table is invalid; the message names row and column.</exception>
    public static Dataset Load(FileInfo file, DataOptions options, long seed)
    {
        var table = TableFile.Read(file);
        var target = TargetOf(table, options, file);
        var features = table.Columns.Where(column => column != target).ToList();
        if (features.Count == 0)
        {
            throw new TableException($"'{file}' must have a column besides the target '{target.Name}'.");
        }

        bool isRegression = IsRegression(target, options, file);
        var (training, test) = HoldOut.Of(table.RowCount, options.HoldOut ?? DataSource.UsualHoldOut, seed, ("a row", "rows"), what => new FormatException($"--hold-out {what}"));
        double[][] columns = [.. features.SelectMany(feature => Features(feature, training, file))];
        SizeOf(table.RowCount, columns.Length, file);
        string source = $"The table '{file.Name}', target '{target.Name}'{TextsOf(features)}";
        if (isRegression)
        {
            double[] values = [.. target.Numbers!];
            var (mean, deviation) = Moments(values, training);
            if (deviation == 0)
            {
                throw new TableException($"'{file}': the target '{target.Name}' must have different values in the rows to train on, was {values[training[0]].ToString(CultureInfo.InvariantCulture)} in all.");
            }

            double[] scaled = [.. values.Select(value => (value - mean) / deviation)];
            return new(
                file.Name, source, null, null, [],
                Examples.OfTargets(columns.Length, Picked(columns, training), [.. training.Select(row => scaled[row])]),
                Examples.OfTargets(columns.Length, Picked(columns, test), [.. test.Select(row => scaled[row])]))
            {
                Target = new(target.Name, mean, deviation),
            };
        }

        string[] classes = ClassesOf(target, file);
        var numbers = classes.Index().ToDictionary(item => item.Item, item => (byte)item.Index, StringComparer.Ordinal);
        byte[] Labels(int[] rows) => [.. rows.Select(row => numbers[target.Texts[row]])];
        return new(
            file.Name, source, null, null, classes,
            Examples.OfLabels(columns.Length, Picked(columns, training), Labels(training)), Examples.OfLabels(columns.Length, Picked(columns, test), Labels(test)));
    }

    /// <summary>The cells of a table's features.</summary>
    /// <exception cref="TableException">They are more than an array holds.</exception>
    public static int SizeOf(long rows, long columns, FileInfo file) => DataSource.RequireFits(
        rows * columns, (most, _) => new TableException(FormattableString.Invariant($"'{file}' must have fewer than {most} features in all, has {rows} rows of {columns}.")));

    /// <summary>The columns that were taken for texts, which a typing error in one of numbers brings about as well.</summary>
    private static string TextsOf(IEnumerable<TableColumn> features)
    {
        string[] texts = [.. features.Where(feature => feature.Numbers is null)
            .Select(feature => FormattableString.Invariant($"'{feature.Name}' ({feature.Texts.Distinct(StringComparer.Ordinal).Count()})"))];
        return texts.Length == 0 ? "" : $"; a feature for each text of {string.Join(", ", texts)}";
    }

    private static TableColumn TargetOf(Table table, DataOptions options, FileInfo file)
    {
        string[] names = [.. table.Columns.Select(column => column.Name)];
        return options.Target is not { } name
            ? throw new FormatException($"--data '{file}' is a table and needs --target, the column to predict: one of {string.Join(", ", names)}.")
            : table.Columns.FirstOrDefault(column => column.Name == name) ?? table.Columns.FirstOrDefault(column => column.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new FormatException($"--target must be a column of '{file}', was '{name}'; {UnknownName.Hint(name, names)}");
    }

    private static bool IsRegression(TableColumn target, DataOptions options, FileInfo file) => options.Task switch
    {
        DataOptions.Classes => false,
        DataOptions.Regression => target.Numbers is not null ? true : throw new FormatException($"--task {DataOptions.Regression} needs a target of numbers; '{target.Name}' of '{file}' holds '{target.Texts[target.FirstText]}' in {TableColumn.RowText(target.FirstText)}."),
        _ => target.Numbers is { } numbers && !(numbers.All(number => number == Math.Floor(number)) && numbers.Distinct().Count() <= MostWholeClasses),
    };

    private static string[] ClassesOf(TableColumn target, FileInfo file)
    {
        string[] names = [.. target.Texts.Distinct(StringComparer.Ordinal)];
        names = target.Numbers is not null ? [.. names.OrderBy(name => double.Parse(name, CultureInfo.InvariantCulture))] : [.. names.Order(StringComparer.Ordinal)];
        return names.Length switch
        {
            1 => throw new TableException($"'{file}': the target '{target.Name}' must have two classes or more, was '{names[0]}' in every row."),
            > MostClasses => throw new TableException(FormattableString.Invariant(
                $"'{file}': the target '{target.Name}' must have {MostClasses} classes at most, has {names.Length} different values{(target.Numbers is null ? "" : "; for numbers there is --task regression")}.")),
            _ => names,
        };
    }

    private static IEnumerable<double[]> Features(TableColumn column, int[] training, FileInfo file)
    {
        if (column.Numbers is { } numbers)
        {
            double[] values = [.. numbers];
            var (mean, deviation) = Moments(values, training);
            yield return [.. values.Select(value => deviation == 0 ? 0 : (value - mean) / deviation)];
            yield break;
        }

        string[] kinds = [.. column.Texts.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        if (kinds.Length > MostTexts)
        {
            throw new TableException(FormattableString.Invariant(
                $"'{file}': the column '{column.Name}' must hold numbers, or {MostTexts} different texts at most; it has {kinds.Length}, the first that is no number is '{column.Texts[column.FirstText]}' in {TableColumn.RowText(column.FirstText)}. Leave the column out if it is a name or a remark."));
        }

        foreach (string kind in kinds)
        {
            yield return [.. column.Texts.Select(text => text == kind ? 1.0 : 0.0)];
        }
    }

    private static (double Mean, double Deviation) Moments(double[] values, int[] rows)
    {
        // By the largest magnitude first, so that no sum overflows.
        double scale = rows.Max(row => Math.Abs(values[row]));
        if (scale == 0)
        {
            return (0, 0);
        }

        double mean = rows.Average(row => values[row] / scale);
        double deviation = Math.Sqrt(rows.Average(row => ((values[row] / scale) - mean) * ((values[row] / scale) - mean)));
        return (mean * scale, deviation <= 1e-12 ? 0 : deviation * scale);
    }

    private static double[] Picked(double[][] columns, int[] rows)
    {
        double[] values = new double[rows.Length * columns.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            for (int j = 0; j < columns.Length; j++)
            {
                values[(i * columns.Length) + j] = columns[j][rows[i]];
            }
        }

        return values;
    }
}
