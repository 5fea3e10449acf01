using System.Diagnostics;
using Optim.Cli.Compare;

namespace Optim.Cli.Landscapes;

/// <summary>The way one optimizer took: a point and a value for the start and for each step until one is not finite.</summary>
/// <param name="Contestant">The optimizer, with the learning rate it used.</param>
/// <param name="IsRateFound">Whether the rate is the best of <see cref="Rates"/>, not one that was asked for.</param>
/// <param name="Points">Where it was.</param>
/// <param name="Values">What the landscape is worth there.</param>
/// <param name="Steps">The steps it was to take.</param>
/// <param name="Seconds">When it was at each point, since the start; of no meaning for the numbers.</param>
internal sealed record LandscapePath(Contestant Contestant, bool IsRateFound, IReadOnlyList<double[]> Points, IReadOnlyList<double> Values, int Steps, IReadOnlyList<double> Seconds)
{
    /// <summary>The learning rates that are tried where none is asked for.</summary>
    public static IReadOnlyList<double> Rates { get; } = [0.000001, 0.000003, 0.00001, 0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1];

    /// <summary>Whether it left the finite numbers or ended above its start.</summary>
    public bool Diverged => Values.Count <= Steps || Values[^1] > Values[0];

    /// <summary>The highest value of the last tenth of the steps: a path that happens to cross the minimum at its end has not arrived.</summary>
    private double Settled => Values.Count <= Steps ? double.PositiveInfinity : Values.Skip(Values.Count - 1 - (Steps / 10)).Max();

    /// <summary>The first step from which on the distance to the nearest minimum stays within a tolerance; null when it does not.</summary>
    public int? StepsTo(Landscape landscape, double tolerance)
    {
        int outside = Enumerable.Range(0, Points.Count).LastOrDefault(i => !(landscape.Distance(Points[i]) <= tolerance), -1);
        return Values.Count <= Steps || outside == Points.Count - 1 ? null : outside + 1;
    }

    /// <summary>The path at the contestant's rate, or at the one of <see cref="Rates"/> that settles lowest.</summary>
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
