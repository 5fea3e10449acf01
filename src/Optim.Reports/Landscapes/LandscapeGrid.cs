namespace Optim.Reports;

/// <summary>A landscape's values at the centres of the cells of a grid over its first two parameters, row 0 at the top; other parameters are those of a minimum. For drawing contours. Immutable.</summary>
public sealed class LandscapeGrid
{
    // Shares of the cells that lie below each line: closer together where it is low, and as many on a plain as on a wall.
    private static readonly double[] Shares = [0.003, 0.01, 0.025, 0.05, 0.09, 0.15, 0.22, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

    /// <summary>Evaluates a landscape on a grid.</summary>
    /// <param name="landscape">The landscape, of two parameters or more.</param>
    /// <param name="columns">The number of columns, 1 or more.</param>
    /// <param name="rows">The number of rows, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is less than 1.</exception>
    public LandscapeGrid(Landscape landscape, int columns, int rows)
    {
        ArgumentNullException.ThrowIfNull(landscape);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        Columns = columns;
        Rows = rows;
        double[] values = new double[rows * columns];
        double[] point = [.. landscape.Minima[0]];
        for (int i = 0; i < values.Length; i++)
        {
            point[0] = At(landscape, 0, ((i % columns) + 0.5) / columns);
            point[1] = At(landscape, 1, 1 - (((i / columns) + 0.5) / rows));
            values[i] = landscape.Objective(TensorSet.OfArray(point)).Item1;
        }

        Values = Array.AsReadOnly(values);
        Levels = LevelsOf(values, landscape.Least).AsReadOnly();
    }

    /// <summary>The number of columns.</summary>
    public int Columns { get; }

    /// <summary>The number of rows.</summary>
    public int Rows { get; }

    /// <summary>In row-major order.</summary>
    public IReadOnlyList<double> Values { get; }

    /// <summary>The contour levels, ascending.</summary>
    public IReadOnlyList<double> Levels { get; }

    /// <summary>The number of levels below a cell's value.</summary>
    /// <param name="row">The row, 0 at the top.</param>
    /// <param name="column">The column, 0 at the left.</param>
    public int Band(int row, int column) => Levels.Count(level => Values[(row * Columns) + column] >= level);

    private static double At(Landscape landscape, int parameter, double share) =>
        landscape.Lower[parameter] + (share * (landscape.Upper[parameter] - landscape.Lower[parameter]));

    private static List<double> LevelsOf(double[] values, double least)
    {
        double[] ordered = [.. values.Order()];
        var levels = new List<double>();
        foreach (double share in Shares)
        {
            // On a plain the values differ by nothing one should draw.
            double level = ordered[(int)(share * ordered.Length)];
            if (level > least && (levels.Count == 0 || level - least > 1.02 * (levels[^1] - least)))
            {
                levels.Add(level);
            }
        }

        return levels;
    }
}
