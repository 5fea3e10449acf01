using System.Diagnostics;
using Optim.Cli.Compare;

namespace Optim.Cli.Landscapes;

/// <summary>The path of one optimizer: a point and a value for the start and for each step until one is not finite.</summary>
/// <param name="Contestant">The optimizer, with the learning rate it used.</param>
/// <param name="IsRateFound">Whether the rate is the best of <see cref="Rates"/> rather than a given one.</param>
/// <param name="Points">The points.</param>
/// <param name="Values">The values at the points.</param>
/// <param name="Steps">The requested number of steps.</param>
/// <param name="Seconds">The time of each point, since the start; does not affect the results.</param>
internal sealed record LandscapePath(Contestant Contestant, bool IsRateFound, IReadOnlyList<double[]> Points, IReadOnlyList<double> Values, int Steps, IReadOnlyList<double> Seconds)
{
    /// <summary>The learning rates that are tried if none is given.</summary>
    public static IReadOnlyList<double> Rates { get; } = [0.000001, 0.000003, 0.00001, 0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1];

    /// <summary>Whether it became non-finite or ended above its start.</summary>
    public bool Diverged => Values.Count <= Steps || Values[^1] > Values[0];

    /// <summary>The highest value of the last tenth of the steps: a path that merely crosses the minimum at its end has not converged.</summary>
    private double Settled => Values.Count <= Steps ? double.PositiveInfinity : Values.Skip(Values.Count - 1 - (Steps / 10)).Max();

    /// <summary>The first step after which the distance to the nearest minimum stays within a tolerance; null if it does not.</summary>
    public int? StepsTo(Landscape landscape, double tolerance)
    {
        int outside = Enumerable.Range(0, Points.Count).LastOrDefault(i => !(landscape.Distance(Points[i]) <= tolerance), -1);
        return Values.Count <= Steps || outside == Points.Count - 1 ? null : outside + 1;
    }

    /// <summary>The path at the contestant's rate, or at the one of <see cref="Rates"/> that converges lowest.</summary>
    public static LandscapePath Of(Landscape landscape, Contestant contestant, bool isRateGiven, int steps, CancellationToken cancellation)
    {
        // A rate of 0 stands for rules that have none.
        if (isRateGiven || contestant.LearningRate == 0)
        {
            return Walk(landscape, contestant, false, steps, cancellation);
        }

        return Rates.Select(rate => Walk(landscape, contestant with { LearningRate = rate }, true, steps, cancellation)).MinBy(path => path.Settled)!;
    }

    private static LandscapePath Walk(Landscape landscape, Contestant contestant, bool isRateFound, int steps, CancellationToken cancellation)
    {
        var state = Optimizer.Init(contestant.CreateRule(contestant.LearningRate), TensorSet.OfArray(landscape.Start.ToArray()));
        var points = new List<double[]>();
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

            points.Add(point);
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

        return new(contestant, isRateFound, points, values, steps, seconds);
    }
}
