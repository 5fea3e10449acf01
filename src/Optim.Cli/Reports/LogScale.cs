using System.Globalization;

namespace Optim.Cli.Reports;

/// <summary>Maps values to chart rows, row 0 at the top, on a logarithmic scale with ticks at 1, 2 and 5 of each decade; where these are fewer than two, at the ends and in the middle.</summary>
internal sealed class LogScale
{
    private readonly double bottom;
    private readonly double top;
    private readonly int height;
    private readonly string[] labels;

    private LogScale(double least, double most, int height)
    {
        bottom = Math.Log10(least);
        top = Math.Max(Math.Log10(most), bottom + 0.1);
        this.height = height;
        labels = [.. Enumerable.Repeat("", height)];
        for (int decade = (int)Math.Floor(bottom); decade <= top; decade++)
        {
            foreach (int digit in (int[])[5, 2, 1])
            {
                double mark = Math.Log10(digit) + decade;
                if (mark >= bottom && mark <= top)
                {
                    labels[Row(mark)] = (digit * Math.Pow(10, decade)).ToString("G1", CultureInfo.InvariantCulture);
                }
            }
        }

        // Within less than a step of 1, 2, 5 there is one such mark at most: the scale's ends say where it is.
        if (labels.Count(label => label.Length > 0) < 2)
        {
            foreach (double mark in (double[])[bottom, (bottom + top) / 2, top])
            {
                labels[Row(mark)] = Math.Pow(10, mark).ToString("G3", CultureInfo.InvariantCulture);
            }
        }
    }

    /// <summary>The scale for all finite positive values; null if there are none.</summary>
    public static LogScale? Of(IEnumerable<double> values, int height)
    {
        double[] drawable = [.. values.Where(IsDrawable)];
        return drawable.Length == 0 ? null : new(drawable.Min(), drawable.Max(), height);
    }

    /// <summary>The tick label of a row; empty for most.</summary>
    public string Label(int row) => labels[row];

    /// <summary>The interpolated row of a curve; null if one of the values cannot be drawn.</summary>
    /// <param name="values">The curve at 0, 1, 2, ...</param>
    /// <param name="position">The position, from 0.</param>
    public int? Row(IReadOnlyList<double> values, double position)
    {
        int left = (int)position, right = (int)Math.Ceiling(position);
        if (right >= values.Count || !IsDrawable(values[left]) || !IsDrawable(values[right]))
        {
            return null;
        }

        double share = position - left;
        return Row(((1 - share) * Math.Log10(values[left])) + (share * Math.Log10(values[right])));
    }

    private static bool IsDrawable(double value) => double.IsFinite(value) && value > 0;

    private int Row(double logarithm) => Math.Clamp((int)Math.Round((top - logarithm) / (top - bottom) * (height - 1)), 0, height - 1);
}
