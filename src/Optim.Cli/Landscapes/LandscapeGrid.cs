namespace Optim.Cli.Landscapes;

/// <summary>A landscape's values at the centres of the cells of a grid over its first two parameters, row 0 at the top; other parameters are those of a minimum.</summary>
internal sealed class LandscapeGrid
{
    // Shares of the cells that lie below each line: closer together where it is low, and as many on a plain as on a wall.
    private static readonly double[] Shares = [0.003, 0.01, 0.025, 0.05, 0.09, 0.15, 0.22, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

    public LandscapeGrid(Landscape landscape, int columns, int rows)
    {
        Columns = columns;
        Rows = rows;
        Values = new double[rows * columns];
        double[] point = [.. landscape.Minima[0]];
        for (int i = 0; i < Values.Length; i++)
        {
            point[0] = At(landscape, 0, ((i % columns) + 0.5) / columns);
            point[1] = At(landscape, 1, 1 - (((i / columns) + 0.5) / rows));
            Values[i] = landscape.Objective(TensorSet.OfArray(point)).Item1;
        }

        Levels = LevelsOf(Values, landscape.Least);
    }

    public int Columns { get; }

    public int Rows { get; }

    /// <summary>In row-major order.</summary>
    public double[] Values { get; }

    /// <summary>The contour levels, ascending.</summary>
    public IReadOnlyList<double> Levels { get; }

    /// <summary>The number of levels below a cell's value.</summary>
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
