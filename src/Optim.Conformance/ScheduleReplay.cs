namespace Optim.Conformance;

/// <summary>Schedules: the value for every step, that of the momentum beside it, and the answers to a sequence of metrics.</summary>
internal sealed class ScheduleReplay : ICaseReplay
{
    // Of the largest value: sources compute several schedules step by step, and errors add up.
    private const double Tolerance = 1e-12;

    public IReadOnlySet<string> Understood { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "name", "source", "variant", "hyperparameters", "T", "values", "momentum", "metrics", "notes", "agreement_with_closed_form",
    };

    public string Kind => "schedule";

    public string? SkipReason(Recording recording) => ScheduleFamilies.SkipReason(recording);

    public Comparison Replay(Recording recording, Backend backend)
    {
        var schedule = ScheduleFamilies.Translate(recording);
        double[] expected = recording.Numbers("values");
        var comparison = new Comparison(Tolerance, absolute: true);
        if (recording.Has("metrics"))
        {
            double[] metrics = recording.Numbers("metrics");
            RequireCount(recording, "metrics", metrics.Length, expected.Length);
            if (!recording.IsAbridged)
            {
                RequireCount(recording, "T", recording.Count("T"), expected.Length);
            }

            Add(comparison, "values", ValuesAfter(schedule, metrics), expected);
            return comparison;
        }

        RequireCount(recording, "T", recording.Count("T") + 1, expected.Length);
        Add(comparison, "values", Values(schedule, expected.Length), expected);
        if (recording.Has("momentum"))
        {
            double[] momentum = recording.Numbers("momentum");
            RequireCount(recording, "momentum", momentum.Length, expected.Length);
            Add(comparison, "momentum", Values(ScheduleFamilies.Momentum(recording), momentum.Length), momentum);
        }

        return comparison;
    }

    /// <summary>The value of each step, whose loss is the metric: the update that a rule makes of a gradient of 1 by it.</summary>
    internal static double[] ValuesAfter(Schedule schedule, IReadOnlyList<double> metrics)
    {
        // The buffer without memory holds the update as it is, where the parameter could only show it rounded.
        var state = Optimizer.Init(new Scale(schedule).Then(new ScaleByMomentum { Momentum = 0 }), TensorSet.OfArray([0.0]));
        var one = TensorSet.OfArray([1.0]);
        double[] values = new double[metrics.Count];
        for (int step = 0; step < values.Length; step++)
        {
            state = Optimizer.Step(state, one, loss: metrics[step]).Item1;
            values[step] = state.Slots.Values.Last().Span[0];
        }

        return values;
    }

    private static double[] Values(Schedule schedule, int count) => [.. Enumerable.Range(0, count).Select(step => schedule.At(step))];

    private static void Add(Comparison comparison, string quantity, double[] actual, double[] expected)
    {
        double largest = expected.Max(Math.Abs), unit = largest > 0 ? largest : 1;
        for (int i = 0; i < expected.Length; i++)
        {
            comparison.Add(quantity, i + 1, actual[i] / unit, expected[i] / unit);
        }
    }

    private static void RequireCount(Recording recording, string key, int count, int values)
    {
        if (count != values)
        {
            throw recording.Error(key, FormattableString.Invariant($"must stand for as many steps as 'values', {values}, was {count}."));
        }
    }
}
