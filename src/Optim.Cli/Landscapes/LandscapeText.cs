using System.Globalization;
using Optim.Cli.Compare;
using Optim.Reports;

namespace Optim.Cli.Landscapes;

/// <summary>A run's figures as text, the same in the terminal and on the page.</summary>
internal static class LandscapeText
{
    /// <summary>The quantity shown by the curves.</summary>
    public static string Height { get; } = FormattableString.Invariant($"Value above the minimum, {LandscapeReports.LeastHeight:0e0} or more");

    /// <summary>The headings of the table.</summary>
    public static IReadOnlyList<string> Headings(LandscapeRun run) =>
    [
        "Optimizer", "Learning rate", "Value above the minimum", "Distance to a minimum", string.Create(CultureInfo.InvariantCulture, $"Steps to within {run.Tolerance}"),
    ];

    /// <summary>The cells of an optimizer's row.</summary>
    public static IReadOnlyList<string> Row(LandscapeRun run, LandscapePath path) =>
    [
        path.Contestant.Title,
        path.Contestant.LearningRate == 0 ? "none" : path.Contestant.LearningRate.ToString(CultureInfo.InvariantCulture) + (path.IsRateFound ? " (found)" : ""),
        path.Diverged ? "diverged" : Math.Max(0, path.Values[^1] - run.Landscape.Least).ToString("G3", CultureInfo.InvariantCulture),
        path.Diverged ? "-" : run.Landscape.Distance(path.Points[^1]).ToString("G3", CultureInfo.InvariantCulture),
        path.StepsTo(run.Landscape, run.Tolerance)?.ToString(CultureInfo.InvariantCulture) ?? "-",
    ];

    /// <summary>The landscape, the start, and how the rates were found.</summary>
    public static string Setting(LandscapeRun run) => string.Create(
        CultureInfo.InvariantCulture,
        $"{run.Landscape.Title}: {run.Landscape.Formula}. From {Point(run.Landscape.Start)}, {run.Steps} steps; the minimum {run.Landscape.Least:G6} is at {string.Join(", ", run.Landscape.Minima.Select(Point))}.")
        + (run.Paths.Any(path => path.IsRateFound) ? string.Create(CultureInfo.InvariantCulture, $" Learning rates found: from {LandscapePath.Rates[0]:0.######} to {LandscapePath.Rates[^1]} the one whose last tenth of the steps stays lowest.") : "")
        + Evaluating(run)
        + (run.Landscape.Start.Count > 2 ? " The first two parameters are drawn; the contours have the others at a minimum." : "")
        + $" Optim {ComparisonText.Version}.";

    private static string Evaluating(LandscapeRun run)
    {
        string[] titles = [.. run.Paths.Select(path => path.Contestant).Where(contestant => Contestant.Find(contestant.Name) is null).Select(contestant => contestant.Title)];
        return titles.Length == 0 ? "" : $" {string.Join(", ", titles)}: several function evaluations per step.";
    }

    /// <summary>The command line that gives the same numbers.</summary>
    public static string Command(LandscapeRun run)
    {
        var rates = run.Paths.Where(path => !path.IsRateFound && path.Contestant.LearningRate > 0).Select(path => path.Contestant).ToList();
        string command = string.Create(
            CultureInfo.InvariantCulture,
            $"optim landscape {run.Landscape.Name} --optimizers {string.Join(',', run.Paths.Select(path => path.Contestant.Name))} --steps {run.Steps} --tolerance {run.Tolerance}");
        return rates.Count == 0
            ? command
            : $"{command} --learning-rate {string.Join(',', rates.Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Name}={c.LearningRate}")))}";
    }

    private static string Point(IReadOnlyList<double> point) => $"({string.Join(", ", point.Select(x => x.ToString("G4", CultureInfo.InvariantCulture)))})";
}
