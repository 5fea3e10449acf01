namespace Optim;

/// <summary>A sample of a schedule's values, small enough to draw and including the extremes.</summary>
internal static class ScheduleSamples
{
    // Evaluating more takes longer than anybody waits for a picture.
    private const int MostEvaluations = 1 << 17;

    /// <summary>The first, minimum, maximum and last value of each of several intervals of equal length, by step; NaN is omitted.</summary>
    /// <param name="schedule">The schedule; evaluated outside a run.</param>
    /// <param name="steps">The number of steps.</param>
    /// <param name="stretches">The number of intervals, fewer if there are fewer steps.</param>
    public static IReadOnlyList<IReadOnlyList<(long Step, double Value)>> Of(Schedule schedule, long steps, int stretches)
    {
        stretches = (int)Math.Min(stretches, steps);
        int perStretch = Math.Max(2, MostEvaluations / stretches);
        return [.. Enumerable.Range(0, stretches).Select(i => Stretch(At(i), At(i + 1) - 1))];

        long At(int stretch) => (long)((Int128)steps * stretch / stretches);

        IReadOnlyList<(long Step, double Value)> Stretch(long first, long last)
        {
            int count = (int)Math.Min(perStretch, last - first + 1);
            (long Step, double Value)[] all =
            [
                .. Enumerable.Range(0, count).Select(i => first + (long)((Int128)(last - first) * i / Math.Max(1, count - 1)))
                    .Select(step => (step, schedule.At(step))).Where(point => !double.IsNaN(point.Item2)),
            ];
            return all.Length == 0 ? [] : [.. new[] { all[0], all.MinBy(point => point.Value), all.MaxBy(point => point.Value), all[^1] }.Distinct().OrderBy(point => point.Step)];
        }
    }
}
