using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Optim.Cli.Reports;

/// <summary>
/// A text plot of curves over 0, 1, 2, ... on a logarithmic scale. Each series has its own mark, so that they can be
/// distinguished without colour; where several meet, their marks alternate. Values that are not finite and positive are omitted.
/// </summary>
/// <param name="title">The quantity on the vertical axis.</param>
/// <param name="unit">The unit of the horizontal axis.</param>
internal sealed class TerminalCurve(string title, string unit) : Renderable
{
    private const string Marks = "ox+*#@%";
    private const int Height = 18, Margin = 8, MostColumns = 120;

    private readonly List<(string Name, Color Color, IReadOnlyList<double> Values)> series = [];

    /// <summary>Adds a curve.</summary>
    /// <param name="name">Its name in the legend.</param>
    /// <param name="color">Its colour, if colours are used.</param>
    /// <param name="values">Its values at 0, 1, 2, ...</param>
    public void Add(string name, Color color, IReadOnlyList<double> values) => series.Add((name, color, values));

    /// <inheritdoc/>
    protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
    {
        int columns = Math.Clamp(maxWidth - Margin - 2, 10, MostColumns);
        int last = Math.Max(1, series.Max(curve => curve.Values.Count) - 1);
        var scale = LogScale.Of(series.SelectMany(curve => curve.Values), Height);
        yield return new Segment($"{"",Margin + 1}{title}");
        yield return Segment.LineBreak;
        if (scale is null)
        {
            yield return new Segment($"{"",Margin + 1}No value is finite and positive: there is nothing to draw.");
            yield return Segment.LineBreak;
            yield break;
        }

        var cells = Cells(scale, columns, last);
        bool unicode = options.Unicode;
        for (int row = 0; row < Height; row++)
        {
            string label = scale.Label(row);
            yield return new Segment($"{label,Margin}{(unicode ? label.Length > 0 ? '┤' : '│' : '|')}");
            for (int column = 0; column < columns; column++)
            {
                yield return cells[row, column] is { } here
                    ? Mark(here[column % here.Count])
                    : new Segment(" ");
            }

            yield return Segment.LineBreak;
        }

        yield return new Segment($"{"",Margin}{(unicode ? '└' : '+')}{new string(unicode ? '─' : '-', columns)}");
        yield return Segment.LineBreak;
        yield return new Segment($"{"",Margin + 1}{HorizontalLabels(columns, last)}");
        yield return Segment.LineBreak;
        yield return new Segment($"{"",Margin + 1}{new string(' ', (columns - unit.Length) / 2)}{unit}");
        yield return Segment.LineBreak;
        yield return new Segment($"{"",Margin - 1}");
        for (int i = 0; i < series.Count; i++)
        {
            yield return new Segment("  ");
            yield return Mark(i);
            yield return new Segment(" " + series[i].Name);
        }

        yield return Segment.LineBreak;
    }

    /// <summary>The mark of a series.</summary>
    public static char MarkOf(int series) => Marks[series % Marks.Length];

    private Segment Mark(int i) => new(MarkOf(i).ToString(), new Style(series[i].Color));

    /// <summary>The series that pass through each cell, null for none.</summary>
    private List<int>?[,] Cells(LogScale scale, int columns, int last)
    {
        var cells = new List<int>?[Height, columns];
        for (int i = 0; i < series.Count; i++)
        {
            int? previous = null;
            for (int column = 0; column < columns; column++)
            {
                int? row = scale.Row(series[i].Values, (double)column * last / (columns - 1));
                if (row is { } here)
                {
                    // A steep stretch is filled, so that the curve is one line.
                    int from = previous is { } before && before != here ? before + Math.Sign(here - before) : here;
                    for (int y = Math.Min(from, here); y <= Math.Max(from, here); y++)
                    {
                        (cells[y, column] ??= []).Add(i);
                    }
                }

                previous = row;
            }
        }

        return cells;
    }

    private static string HorizontalLabels(int columns, int last)
    {
        int step = NiceStep(last, Math.Max(1, columns / 10));
        var line = new char[columns];
        Array.Fill(line, ' ');
        for (int value = 0; value <= last; value += step)
        {
            string text = value.ToString(CultureInfo.InvariantCulture);
            int at = (int)Math.Round((double)value * (columns - 1) / last);
            text.CopyTo(line.AsSpan(Math.Min(at, columns - text.Length)));
        }

        return new string(line).TrimEnd();
    }

    private static int NiceStep(int last, int most)
    {
        for (int power = 1; ; power *= 10)
        {
            foreach (int step in (int[])[power, 2 * power, 5 * power])
            {
                if (last / step <= most)
                {
                    return step;
                }
            }
        }
    }
}
