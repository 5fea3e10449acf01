using System.Globalization;
using System.Net;
using System.Text;
using Optim.Cli.Compare;
using Optim.Cli.Landscapes;
using Optim.Reports;

namespace Optim.Cli.Rules.Pages;

/// <summary>The path of one rule on a landscape as SVG. The contours are a file of their own, which all pages share.</summary>
internal static class PathPicture
{
    private const int Width = 420, Height = 280, Columns = 210, Rows = 140, Steps = LandscapeRun.DefaultSteps;

    /// <summary>The landscapes that pages show: several minima, and a bent valley.</summary>
    public static IReadOnlyList<Landscape> Landscapes { get; } = [Landscape.Find("himmelblau")!, Landscape.Find("rosenbrock")!];

    /// <summary>The contours of a landscape.</summary>
    /// <param name="landscape">The landscape.</param>
    public static string Contours(Landscape landscape)
    {
        var grid = new LandscapeGrid(landscape, Columns, Rows);
        var lines = new StringBuilder();
        foreach (double level in grid.Levels)
        {
            for (int row = 0; row + 1 < Rows; row++)
            {
                for (int column = 0; column + 1 < Columns; column++)
                {
                    Segments(lines, grid, level, row, column);
                }
            }
        }

        string minima = string.Concat(landscape.Minima.Select(minimum => At(landscape, minimum)).Select(at =>
            FormattableString.Invariant($"""<path d="M{at.X:0.#} {at.Y - 6:0.#}l5 6-5 6-5-6z" fill="#fff" stroke="#444" stroke-width="1.5"/>""")));
        return $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}"><path d="{lines}" fill="none" stroke="#7a8ca3" stroke-opacity=".6" stroke-width=".7"/>{minima}</svg>""" + "\n";
    }

    /// <summary>The path of a rule over the contours, at the rate that leads lowest; null for rules that cannot be stepped by the objective alone.</summary>
    /// <param name="landscape">The landscape.</param>
    /// <param name="entry">The rule.</param>
    /// <param name="contours">The address of the contours.</param>
    public static string? Of(Landscape landscape, RuleEntry entry, string contours)
    {
        if (Contestant.Find(entry.Name, Contestant.OnObjectives) is not { } contestant)
        {
            return null;
        }

        var path = LandscapePath.Of(landscape, contestant, isRateGiven: false, Steps, CancellationToken.None);
        var start = At(landscape, landscape.Start);
        var points = path.Points.Select(point => At(landscape, point)).ToList();
        var (x, y) = points[^1];
        string rate = path.IsRateFound ? FormattableString.Invariant($" at a rate of {path.Contestant.LearningRate}") : "";
        string end = path.StepsTo(landscape, LandscapeRun.DefaultTolerance) is { } reached
            ? FormattableString.Invariant($"within {LandscapeRun.DefaultTolerance} of a minimum from step {reached} on")
            : FormattableString.Invariant($"{landscape.Distance(path.Points[^1]):G2} from a minimum after {path.Points.Count - 1} steps");
        string text = $"{landscape.Title}{rate}: {end}";
        return FormattableString.Invariant($"""
            <figure><svg viewBox="0 0 {Width} {Height}" role="img" aria-label="{WebUtility.HtmlEncode($"The path of {entry.Title} on {text}")}"><image href="{contours}" width="{Width}" height="{Height}"/>
            <polyline points="{string.Join(' ', Thinned(points).Select(at => FormattableString.Invariant($"{at.X:0.#},{at.Y:0.#}")))}" class="path"/>
            <path d="M{start.X - 5:0.#} {start.Y:0.#}h10M{start.X:0.#} {start.Y - 5:0.#}v10" class="start"/><circle cx="{x:0.#}" cy="{y:0.#}" r="4" class="end"/></svg>
            <figcaption>{WebUtility.HtmlEncode(text)}.</figcaption></figure>
            """);
    }

    /// <summary>Without the points that lie where the one before does.</summary>
    private static IEnumerable<(double X, double Y)> Thinned(List<(double X, double Y)> points) =>
        points.Where((point, i) => i == 0 || i == points.Count - 1 || Math.Abs(point.X - points[i - 1].X) + Math.Abs(point.Y - points[i - 1].Y) >= 0.05);

    /// <summary>A point in the picture's coordinates; far outside it is cut, as no renderer draws what lies at 1e300.</summary>
    private static (double X, double Y) At(Landscape landscape, IReadOnlyList<double> point)
    {
        double x = (point[0] - landscape.Lower[0]) / (landscape.Upper[0] - landscape.Lower[0]), y = (point[1] - landscape.Lower[1]) / (landscape.Upper[1] - landscape.Lower[1]);
        return (Math.Clamp(Width * x, -Width, 2 * Width), Math.Clamp(Height * (1 - y), -Height, 2 * Height));
    }

    /// <summary>The line of a level within four neighbouring cells, straight between its crossings of the edges.</summary>
    private static void Segments(StringBuilder lines, LandscapeGrid grid, double level, int row, int column)
    {
        ReadOnlySpan<(int Row, int Column)> corners = [(row, column), (row, column + 1), (row + 1, column + 1), (row + 1, column)];
        var crossings = new List<(double X, double Y)>(4);
        for (int i = 0; i < 4; i++)
        {
            var (a, b) = (corners[i], corners[(i + 1) % 4]);
            double from = grid.Values[(a.Row * Columns) + a.Column] - level, to = grid.Values[(b.Row * Columns) + b.Column] - level;
            if (from >= 0 != to >= 0)
            {
                double share = from / (from - to);
                crossings.Add(((a.Column + 0.5 + (share * (b.Column - a.Column))) * Width / Columns, (a.Row + 0.5 + (share * (b.Row - a.Row))) * Height / Rows));
            }
        }

        for (int i = 0; i + 1 < crossings.Count; i += 2)
        {
            lines.Append(CultureInfo.InvariantCulture, $"M{crossings[i].X:0.#} {crossings[i].Y:0.#}L{crossings[i + 1].X:0.#} {crossings[i + 1].Y:0.#}");
        }
    }
}
