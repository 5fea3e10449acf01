using Optim.Cli.Compare;
using Optim.Reports;

namespace Optim.Cli.Landscapes;

/// <summary>Several optimizers on one landscape.</summary>
/// <param name="Landscape">The landscape.</param>
/// <param name="Steps">The steps each took.</param>
/// <param name="Tolerance">The distance to a minimum that counts as reaching it.</param>
/// <param name="Paths">The paths, in the requested order.</param>
internal sealed record LandscapeRun(Landscape Landscape, int Steps, double Tolerance, IReadOnlyList<LandscapePath> Paths)
{
    public const string UsualOptimizers = "sgd,momentum,adam,lion";

    public const int DefaultSteps = 200;

    public const double DefaultTolerance = 0.01;

    /// <summary>Runs each optimizer on the landscape.</summary>
    /// <param name="landscape">The landscape.</param>
    /// <param name="contestants">The optimizers.</param>
    /// <param name="given">The names of those with a given learning rate.</param>
    /// <param name="steps">The number of steps.</param>
    /// <param name="tolerance">The distance to a minimum that counts as reaching it.</param>
    /// <param name="cancellation">Cancels with an <see cref="OperationCanceledException"/>.</param>
    public static LandscapeRun Of(
        Landscape landscape, IReadOnlyList<Contestant> contestants, IReadOnlySet<string> given, int steps, double tolerance, CancellationToken cancellation) =>
        new(landscape, steps, tolerance, [.. contestants.Select(contestant => LandscapePath.Of(landscape, contestant, given.Contains(contestant.Name), steps, cancellation))]);

    /// <summary>The value above the landscape's minimum, as shown by curves.</summary>
    public double Height(double value) => LandscapeReports.Height(Landscape, value);
}
