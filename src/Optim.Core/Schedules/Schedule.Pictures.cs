namespace Optim;

/// <content>Pictures of a schedule.</content>
public abstract partial record Schedule
{
    private const int LeastWidth = 16, LeastHeight = 2, Most = 1000;

    /// <summary>The values of the first steps, drawn in text with braille patterns, the least and the largest value and the steps at the axes.</summary>
    /// <param name="steps">How many steps; 1 or more.</param>
    /// <param name="width">The characters of the drawing across, without the axis; 16 to 1000. Default 72.</param>
    /// <param name="height">The lines of the drawing, without the axis; 2 to 1000. Default 15.</param>
    /// <remarks>
    /// Of very many steps not every one is drawn. What depends on the loss is drawn as before any loss was seen.
    /// The numbers have four digits; lines end with a line feed.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public string Plot(long steps, int width = 72, int height = 15)
    {
        Constraint.CheckSteps(steps, 1, nameof(steps));
        ArgumentOutOfRangeException.ThrowIfLessThan(width, LeastWidth);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, Most);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, LeastHeight);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(height, Most);
        return SchedulePlot.Of(this, steps, width, height);
    }

    /// <summary>The values of the first steps as a line in a Vega-Lite specification (JSON): at most 500 points, the extremes among them.</summary>
    /// <param name="steps">How many steps; 1 or more.</param>
    /// <param name="title">The title; null, the default, for the schedule's own text.</param>
    /// <remarks>
    /// Of very many steps not every one is looked at. What depends on the loss is drawn as before any loss was seen. Values that are not finite are left out.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public string ToVegaLite(long steps, string? title = null)
    {
        Constraint.CheckSteps(steps, 1, nameof(steps));
        return ScheduleChart.Of(this, steps, title ?? ToString()!);
    }
}
