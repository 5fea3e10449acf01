using System.Globalization;

namespace Optim.Reports;

/// <summary>Rules on landscapes as charts and reports.</summary>
/// <remarks>
/// <code>
/// var himmelblau = Landscape.Find("himmelblau")!;
/// LandscapeReports.Of(himmelblau, [LandscapeWalk.Of(himmelblau, "SGD", new Sgd { LearningRate = 0.01 }, 200), LandscapeWalk.Of(himmelblau, "Adam", new Adam { LearningRate = 0.3 }, 200)]).SavePage("paths.html");
/// </code>
/// </remarks>
public static class LandscapeReports
{
    /// <summary>Values above the minimum are not shown below this: a logarithmic scale has no 0.</summary>
    public const double LeastHeight = 1e-12;

    private const double Headroom = 1000;
    private const int MostFrames = 400;

    /// <summary>A report of walks: their paths over the contours with a step slider, the value by step, and where they end.</summary>
    /// <param name="landscape">The landscape.</param>
    /// <param name="walks">Walks on it, at least one, of different names.</param>
    /// <exception cref="ArgumentException">There is no walk, or two have the same name.</exception>
    public static Report Of(Landscape landscape, IReadOnlyList<LandscapeWalk> walks)
    {
        var paths = Paths(landscape, walks);
        return new($"Optimizers on a landscape: {landscape.Title}")
        {
            Summary = landscape.Formula + ".",
            Sections =
            [
                new("Paths", paths, "Drag the slider or press play. A dot marks each optimizer's current position; the cross is the start, diamonds are the minima. Darker shading is higher."),
                new("Value by step", Values(paths)),
                new("Results", new TextTable(
                    ["Optimizer", "Steps", "Value above the minimum", "Distance to a minimum"],
                    [.. walks.Select(walk => (string[])
                    [
                        walk.Name, (walk.Values.Count - 1).ToString(CultureInfo.InvariantCulture),
                        Math.Max(0, walk.Values[^1] - landscape.Least).ToString("G3", CultureInfo.InvariantCulture),
                        landscape.Distance(walk.Points[^1]).ToString("G3", CultureInfo.InvariantCulture),
                    ])])),
            ],
            Data = [paths.Data[0]],
        };
    }

    /// <summary>The paths over the landscape's contours, with a step slider. Its table has every step, or a sample if there are very many.</summary>
    /// <param name="landscape">The landscape.</param>
    /// <param name="walks">Walks on it, at least one, of different names.</param>
    /// <exception cref="ArgumentException">There is no walk, or two have the same name.</exception>
    public static Chart Paths(Landscape landscape, IReadOnlyList<LandscapeWalk> walks)
    {
        ArgumentNullException.ThrowIfNull(landscape);
        ArgumentNullException.ThrowIfNull(walks);
        if (walks.Count == 0 || walks.DistinctBy(walk => walk.Name).Count() < walks.Count)
        {
            throw new ArgumentException($"{nameof(walks)} must hold at least one walk, of different names; had {string.Join(", ", walks.Select(walk => $"'{walk.Name}'"))}.", nameof(walks));
        }

        int steps = Math.Max(1, walks.Max(walk => walk.Values.Count - 1)), stride = (steps + MostFrames - 1) / MostFrames;
        var table = DataTable.Of(
            LandscapeChart.PathData,
            walks.SelectMany(walk => Enumerable.Range(0, (steps / stride) + 1).Select(i => i * stride).Where(step => step < walk.Points.Count).Select(step => (Walk: walk, Step: step))),
            Column.Text<(LandscapeWalk Walk, int Step)>("optimizer", row => row.Walk.Name),
            Column.Whole<(LandscapeWalk Walk, int Step)>("step", row => row.Step),
            Column.Number<(LandscapeWalk Walk, int Step)>("x", row => row.Walk.Points[row.Step][0]),
            Column.Number<(LandscapeWalk Walk, int Step)>("y", row => row.Walk.Points[row.Step][1]),
            Column.Number<(LandscapeWalk Walk, int Step)>("value", row => row.Walk.Values[row.Step]),
            Column.Number<(LandscapeWalk Walk, int Step)>("height", row => Height(landscape, row.Walk.Values[row.Step])));
        return LandscapeChart.Of(landscape, [.. walks.Select(walk => walk.Name)], steps, stride, table);
    }

    /// <summary>The value above the minimum by step, on a logarithmic scale.</summary>
    /// <param name="paths">What <see cref="Paths"/> has made.</param>
    public static Chart Values(Chart paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        return Chart.Lines(
            "Value above the minimum by step", "The value above the minimum by step for each optimizer, on a logarithmic scale; the table below has the final ones.",
            paths.Data[0], new("step", "Step") { Format = "d" },
            new("height", FormattableString.Invariant($"Value above the minimum, {LeastHeight:0e0} or more")) { IsLogarithmic = true, Format = ".3~g" }, "optimizer");
    }

    /// <summary>A value above a landscape's minimum as curves show it: <see cref="LeastHeight"/> or more, and diverging ones cut at a thousand times the start's.</summary>
    /// <param name="landscape">The landscape.</param>
    /// <param name="value">The value.</param>
    public static double Height(Landscape landscape, double value)
    {
        ArgumentNullException.ThrowIfNull(landscape);
        double start = landscape.Objective(TensorSet.OfArray(landscape.Start.ToArray())).Item1;
        return Math.Clamp(value - landscape.Least, LeastHeight, Headroom * (start - landscape.Least));
    }
}
