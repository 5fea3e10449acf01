using Optim.Cli.Reports;
using Optim.Reports;

namespace Optim.Cli.Landscapes;

/// <summary>A run as a report.</summary>
internal static class LandscapeReport
{
    /// <summary>The report.</summary>
    /// <param name="run">The run.</param>
    /// <param name="started">When it began.</param>
    public static CommandReport Of(LandscapeRun run, DateTimeOffset started)
    {
        var paths = LandscapeReports.Paths(run.Landscape, [.. run.Paths.Select(path => path.Walk)]);
        var everything = Everything(run);
        return new("landscape", $"Optimizers on a landscape: {run.Landscape.Title}", Provenance.Of(LandscapeText.Command(run), null, 1, started) with
        {
            Reproducibility = "The results are the same on every machine.",
        })
        {
            Summary = LandscapeText.Setting(run),
            Sections =
            [
                new(
                    "Paths",
                    paths,
                    "Drag the slider or press play. A dot marks each optimizer's current position; the cross is the start, diamonds are the minima. Darker shading is higher."),
                new(
                    "Value by step",
                    LandscapeReports.Values(paths),
                    "Point at a curve for its values; click names in the legend to select curves (shift-click for several), double-click for all."),
                new("Results", new TextTable(LandscapeText.Headings(run), [.. run.Paths.Select(path => LandscapeText.Row(run, path))])),
            ],
            Data = [everything, Results(run)],
            Document = LandscapeJson.Of(run),
            Runs = ScalarRun.Of(Everything(run, isTimed: true), "optimizer", "step", started, "seconds"),
        };
    }

    /// <summary>Every step, with all parameters; for TensorBoard also the time, which differs from run to run.</summary>
    private static DataTable Everything(LandscapeRun run, bool isTimed = false) => DataTable.Of(
        "paths",
        run.Paths.SelectMany(path => Enumerable.Range(0, path.Points.Count).Select(step => (Path: path, Step: step))),
        [
            .. Named,
            .. Enumerable.Range(0, run.Landscape.Start.Count).Select(i => Column.Number<(LandscapePath Path, int Step)>(
                FormattableString.Invariant($"x{i + 1}"), row => row.Path.Points[row.Step][i])),
            .. Valued,
            .. isTimed ? [Column.Number<(LandscapePath Path, int Step)>("seconds", row => row.Path.Seconds[row.Step])] : Array.Empty<Column<(LandscapePath, int)>>(),
        ]);

    private static DataTable Results(LandscapeRun run) => DataTable.Of(
        "results", run.Paths,
        Column.Text<LandscapePath>("optimizer", path => path.Contestant.Title),
        Column.Number<LandscapePath>("learningRate", path => path.Contestant.LearningRate),
        Column.Flag<LandscapePath>("learningRateFound", path => path.IsRateFound),
        Column.Flag<LandscapePath>("diverged", path => path.Diverged),
        Column.Number<LandscapePath>("finalValue", path => path.Diverged ? null : path.Values[^1]),
        Column.Number<LandscapePath>("finalDistance", path => path.Diverged ? null : run.Landscape.Distance(path.Points[^1])),
        Column.Whole<LandscapePath>("stepsToTolerance", path => path.StepsTo(run.Landscape, run.Tolerance)));

    private static IEnumerable<Column<(LandscapePath Path, int Step)>> Named =>
    [
        Column.Text<(LandscapePath Path, int Step)>("optimizer", row => row.Path.Contestant.Title),
        Column.Whole<(LandscapePath Path, int Step)>("step", row => row.Step),
    ];

    private static IEnumerable<Column<(LandscapePath Path, int Step)>> Valued => [Column.Number<(LandscapePath Path, int Step)>("value", row => row.Path.Values[row.Step])];
}
