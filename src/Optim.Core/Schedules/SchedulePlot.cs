using System.Globalization;
using System.Text;

namespace Optim;

/// <summary>A text plot of a schedule: braille patterns, two by four dots per character, with two axes.</summary>
internal static class SchedulePlot
{
    private const int DotsAcross = 2, DotsDown = 4;

    // Bit of each dot of a braille pattern, by row and column.
    private static readonly int[,] Dots = { { 0x01, 0x08 }, { 0x02, 0x10 }, { 0x04, 0x20 }, { 0x40, 0x80 } };

    public static string Of(Schedule schedule, long steps, int width, int height)
    {
        var columns = ScheduleSamples.Of(schedule, steps, width * DotsAcross);
        double[] values = [.. columns.SelectMany(column => column).Select(point => point.Value).Where(double.IsFinite)];
        double low = values.DefaultIfEmpty(0).Min(), high = values.DefaultIfEmpty(0).Max();
        return Framed(Drawn(columns, steps, width, height, low, high), steps, low, high, width);
    }

    private static int[,] Drawn(
        IReadOnlyList<IReadOnlyList<(long Step, double Value)>> columns, long steps, int width, int height, double low, double high)
    {
        int[,] cells = new int[height, width];
        int across = width * DotsAcross, down = height * DotsDown;
        (int X, int Y)? last = null;
        foreach (var (step, value) in columns.SelectMany(column => column))
        {
            int x = steps == 1 ? 0 : (int)Math.Round((double)step / (steps - 1) * (across - 1)), y = Row(value);
            var from = last ?? (x, y);

            // A line from the last point: one dot a column, and all dots of a column between one height and the next.
            for (int column = from.X; column <= x; column++)
            {
                int begin = Between(column), end = column == x ? y : Between(column + 1);
                for (int row = Math.Min(begin, end); row <= Math.Max(begin, end); row++)
                {
                    cells[row / DotsDown, column / DotsAcross] |= Dots[row % DotsDown, column % DotsAcross];
                }
            }

            last = (x, y);

            int Between(int column) => from.X == x ? from.Y : (int)Math.Round(from.Y + ((y - from.Y) * (double)(column - from.X) / (x - from.X)));
        }

        return cells;

        // In halves, so that the difference does not overflow. A level schedule runs along the middle.
        int Row(double value) => low == high
            ? down / 2
            : (int)Math.Round((down - 1) * Math.Clamp(((high / 2) - (value / 2)) / ((high / 2) - (low / 2)), 0, 1));
    }

    private static string Framed(int[,] cells, long steps, double low, double high, int width)
    {
        int height = cells.GetLength(0);
        string top = Number(high), bottom = Number(low), middle = Number((low / 2) + (high / 2));
        int margin = Math.Max(top.Length, Math.Max(bottom.Length, middle.Length));
        var text = new StringBuilder();
        for (int row = 0; row < height; row++)
        {
            string label = low == high ? row == height / 2 ? top : "" : row == 0 ? top : row == height - 1 ? bottom : row == height / 2 && height % 2 == 1 ? middle : "";
            text.Append(label.PadLeft(margin)).Append(label.Length > 0 ? " ┤" : " │");
            for (int column = 0; column < width; column++)
            {
                text.Append((char)(0x2800 + cells[row, column]));
            }

            text.Append('\n');
        }

        text.Append(' ', margin + 1).Append('└').Append('─', width).Append('\n');
        string last = string.Create(CultureInfo.InvariantCulture, $"step {steps - 1}");
        return text.Append(' ', margin + 2).Append('0').Append(last.PadLeft(Math.Max(last.Length + 1, width - 1))).Append('\n').ToString();
    }

    private static string Number(double value) => value.ToString("G4", CultureInfo.InvariantCulture);
}
