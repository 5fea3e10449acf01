using System.Diagnostics;

namespace Optim.Reports;

/// <summary>The walk of one rule on a landscape: a point and a value for the start and for each step, until one is not finite. Immutable.</summary>
public sealed class LandscapeWalk
{
    private LandscapeWalk(string name, IReadOnlyList<IReadOnlyList<double>> points, IReadOnlyList<double> values, IReadOnlyList<double> seconds) =>
        (Name, Points, Values, Seconds) = (name, points, values, seconds);

    /// <summary>The name, in legends and tables.</summary>
    public string Name { get; }

    /// <summary>The points, the start first; for rules that keep averages, the averages.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Points { get; }

    /// <summary>The values at the points.</summary>
    public IReadOnlyList<double> Values { get; }

    /// <summary>The time of each point in seconds, since the start; does not affect the others.</summary>
    public IReadOnlyList<double> Seconds { get; }

    /// <summary>Steps a rule on a landscape, from its start.</summary>
    /// <param name="landscape">The landscape.</param>
    /// <param name="name">The name, in legends and tables.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="steps">The number of steps, 1 or more; fewer are taken where a point or value is not finite.</param>
    /// <param name="cancellation">Cancels with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is less than 1.</exception>
    public static LandscapeWalk Of(Landscape landscape, string name, Rule rule, int steps, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(landscape);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        var state = Optimizer.Init(rule, TensorSet.OfArray(landscape.Start.ToArray()));
        List<IReadOnlyList<double>> points = [];
        List<double> values = [], seconds = [];
        long begun = Stopwatch.GetTimestamp();
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            double[] point = state.EvaluationParameters.ToArray();
            double value = landscape.Objective(state.EvaluationParameters).Item1;
            if (!double.IsFinite(value) || !point.All(double.IsFinite))
            {
                break;
            }

            points.Add(Array.AsReadOnly(point));
            values.Add(value);
            seconds.Add(Stopwatch.GetElapsedTime(begun).TotalSeconds);
            if (values.Count > steps)
            {
                break;
            }

            try
            {
                state = Optimizer.StepOn(state, landscape.Objective).Item1;
            }
            catch (ArithmeticException)
            {
                // A line search that finds nothing finite: it is as lost as a point that is not.
                break;
            }
        }

        return new(name, points.AsReadOnly(), values.AsReadOnly(), seconds.AsReadOnly());
    }
}
