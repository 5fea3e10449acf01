using Optim.Cli.Compare;
using Optim.Reports;

namespace Optim.Cli.Landscapes;

/// <summary>The path of one optimizer: a point and a value for the start and for each step until one is not finite.</summary>
/// <param name="Contestant">The optimizer, with the learning rate it used.</param>
/// <param name="IsRateFound">Whether the rate is the best of <see cref="Rates"/> rather than a given one.</param>
/// <param name="Walk">The points and values.</param>
/// <param name="Steps">The requested number of steps.</param>
internal sealed record LandscapePath(Contestant Contestant, bool IsRateFound, LandscapeWalk Walk, int Steps)
{
    /// <summary>The learning rates that are tried if none is given.</summary>
    public static IReadOnlyList<double> Rates { get; } = [0.000001, 0.000003, 0.00001, 0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1];

    /// <summary>The points.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Points => Walk.Points;

    /// <summary>The values at the points.</summary>
    public IReadOnlyList<double> Values => Walk.Values;

    /// <summary>The time of each point, since the start; does not affect the results.</summary>
    public IReadOnlyList<double> Seconds => Walk.Seconds;

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
            return Along(landscape, contestant, false, steps, cancellation);
        }

        return Rates.Select(rate => Along(landscape, contestant with { LearningRate = rate }, true, steps, cancellation)).MinBy(path => path.Settled)!;
    }

    private static LandscapePath Along(Landscape landscape, Contestant contestant, bool isRateFound, int steps, CancellationToken cancellation)
    {
        var walk = LandscapeWalk.Of(landscape, contestant.Title, contestant.CreateRule(contestant.LearningRate), steps, cancellation);
        return new(contestant, isRateFound, walk, steps);
    }
}
