using System.Globalization;
using Optim.Cli.Reports;
using Optim.Reports;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Optim.Cli.Landscapes;

/// <summary>
/// A text plot of contours and paths: every other band between contour lines is dotted, each path has its own mark,
/// S is the start and M a minimum. Points outside the box are not drawn.
/// </summary>
internal sealed class LandscapeDrawing(LandscapeRun run) : Renderable
{
    private const int Height = 24, Margin = 8, MostColumns = 96;

    /// <inheritdoc/>
    protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
    {
        var landscape = run.Landscape;
        int columns = Math.Clamp(maxWidth - Margin - 2, 10, MostColumns);
        var grid = new LandscapeGrid(landscape, columns, Height);
        int[,] series = Series(columns);
        char[,] letters = new char[Height, columns];
        Put(letters, landscape.Start, 'S');
        foreach (var minimum in landscape.Minima)
        {
            Put(letters, minimum, 'M');
        }

        for (int row = 0; row < Height; row++)
        {
            string label = row == 0 ? Number(landscape.Upper[1]) : row == Height - 1 ? Number(landscape.Lower[1]) : "";
            yield return new Segment($"{label,Margin}{(options.Unicode ? '│' : '|')}");
            for (int column = 0; column < columns; column++)
            {
                yield return letters[row, column] != 0 ? new Segment(letters[row, column].ToString(), new Style(decoration: Decoration.Bold))
                    : series[row, column] > 0 ? Mark(series[row, column] - 1)
                    : new Segment(grid.Band(row, column) % 2 == 0 ? " " : options.Unicode ? "·" : ".", new Style(decoration: Decoration.Dim));
            }

            yield return Segment.LineBreak;
        }

        yield return new Segment($"{"",Margin}{(options.Unicode ? '└' : '+')}{new string(options.Unicode ? '─' : '-', columns)}");
        yield return Segment.LineBreak;
        string right = Number(landscape.Upper[0]);
        yield return new Segment($"{"",Margin + 1}{Number(landscape.Lower[0]).PadRight(columns - right.Length)}{right}");
        yield return Segment.LineBreak;
        yield return new Segment($"{"",Margin - 1}");
        for (int i = 0; i < run.Paths.Count; i++)
        {
            yield return new Segment("  ");
            yield return Mark(i);
            yield return new Segment(" " + run.Paths[i].Contestant.Title);
        }

        yield return new Segment("  S start  M minimum");
        yield return Segment.LineBreak;
    }

    /// <summary>For each cell, 1 plus the index of the path drawn there, 0 for none; where several meet they alternate.</summary>
    private int[,] Series(int columns)
    {
        int[,] cells = new int[Height, columns];
        for (int i = 0; i < run.Paths.Count; i++)
        {
            var points = run.Paths[i].Points;
            for (int k = 1; k < points.Count; k++)
            {
                var (x, y) = Cell(points[k - 1], columns);
                var (nextX, nextY) = Cell(points[k], columns);
                double longest = Math.Max(Math.Abs(nextX - x), Math.Abs(nextY - y));
                int pieces = longest < 4 * columns ? (int)longest + 1 : 1;
                for (int piece = 0; piece <= pieces; piece++)
                {
                    int column = (int)Math.Floor(x + ((nextX - x) * piece / pieces)), row = (int)Math.Floor(y + ((nextY - y) * piece / pieces));
                    if (column >= 0 && column < columns && row >= 0 && row < Height && (cells[row, column] == 0 || (column + row) % run.Paths.Count == i))
                    {
                        cells[row, column] = i + 1;
                    }
                }
            }
        }

        return cells;
    }

    private (double X, double Y) Cell(IReadOnlyList<double> point, int columns) => (
        columns * (point[0] - run.Landscape.Lower[0]) / (run.Landscape.Upper[0] - run.Landscape.Lower[0]),
        Height * (run.Landscape.Upper[1] - point[1]) / (run.Landscape.Upper[1] - run.Landscape.Lower[1]));

    private void Put(char[,] letters, IReadOnlyList<double> point, char letter)
    {
        var (x, y) = Cell(point, letters.GetLength(1));
        letters[Math.Min((int)y, Height - 1), Math.Min((int)x, letters.GetLength(1) - 1)] = letter;
    }

    private static Segment Mark(int i) => new(TerminalCurve.MarkOf(i).ToString(), new Style(Palette.Terminal(i)));

    private static string Number(double value) => value.ToString("G4", CultureInfo.InvariantCulture);
}
