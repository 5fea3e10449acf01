using Optim.Cli.Compare;

namespace Optim.Cli.Landscapes;

/// <summary>Several optimizers on one landscape.</summary>
/// <param name="Landscape">Where.</param>
/// <param name="Steps">The steps each took.</param>
/// <param name="Tolerance">The distance to a minimum that counts as there.</param>
/// <param name="Paths">The ways they took, in the order asked for.</param>
internal sealed record LandscapeRun(Landscape Landscape, int Steps, double Tolerance, IReadOnlyList<LandscapePath> Paths)
{
    public const string UsualOptimizers = "sgd,momentum,adam,lion";

    public const int DefaultSteps = 200;

    public const double DefaultTolerance = 0.01;

    /// <summary>Walks the landscape with each optimizer.</summary>
    /// <param name="landscape">Where.</param>
    /// <param name="contestants">The optimizers.</param>
    /// <param name="given">The names of those whose learning rate is to be as it is.</param>
    /// <param name="steps">How far.</param>
    /// <param name="tolerance">The distance to a minimum that counts as there.</param>
    /// <param name="cancellation">Ends it early, by an <see cref="OperationCanceledException"/>.</param>
    public static LandscapeRun Of(
        Landscape landscape, IReadOnlyList<Contestant> contestants, IReadOnlySet<string> given, int steps, double tolerance, CancellationToken cancellation) =>
        new(landscape, steps, tolerance, [.. contestants.Select(contestant => LandscapePath.Of(landscape, contestant, given.Contains(contestant.Name), steps, cancellation))]);

    /// <summary>The lowest height that curves show; below it is rounding, which would squeeze everything else on a logarithmic scale.</summary>
    public const double LeastHeight = 1e-12;

    private const double Headroom = 1000;

    /// <summary>How far a value is above the landscape's least, as curves show it: of what diverges only the beginning, up to a thousand times the start's.</summary>
    public double Height(double value) => Math.Clamp(value - Landscape.Least, LeastHeight, Headroom * (Paths[0].Values[0] - Landscape.Least));
}
