namespace Optim;

/// <content>Plots of a schedule.</content>
public abstract partial record Schedule
{
    private const int LeastWidth = 16, LeastHeight = 2, Most = 1000;

    /// <summary>A text plot of the first steps in braille patterns, with the minimum, the maximum and the steps at the axes.</summary>
    /// <param name="steps">The number of steps; 1 or more.</param>
    /// <param name="width">The width of the plot in characters, without the axis; 16 to 1000. Default 72.</param>
    /// <param name="height">The height of the plot in lines, without the axis; 2 to 1000. Default 15.</param>
    /// <remarks>
    /// If there are very many steps, a sample is drawn. Schedules that depend on the loss are drawn as before any loss.
    /// Numbers have four digits; lines end with a line feed.
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

    /// <summary>A line chart of the first steps as a Vega-Lite specification (JSON): at most 500 points, including the extremes.</summary>
    /// <param name="steps">The number of steps; 1 or more.</param>
    /// <param name="title">The title; null, the default, for the schedule's own text.</param>
    /// <remarks>
    /// If there are very many steps, a sample is evaluated. Schedules that depend on the loss are drawn as before any loss. Non-finite values are omitted.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public string ToVegaLite(long steps, string? title = null)
    {
        Constraint.CheckSteps(steps, 1, nameof(steps));
        return ScheduleChart.Of(this, steps, title ?? ToString()!);
    }
}
