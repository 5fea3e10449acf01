using System.Globalization;
using Optim.Tuning;

namespace Optim.Reports;

/// <summary>Range tests as charts and reports.</summary>
/// <remarks><code>LearningRateFinder.Find(state, objective).SaveReport("rates.html");</code></remarks>
public static class RangeTestReports
{
    /// <summary>The headings of <see cref="Readings"/>.</summary>
    public static IReadOnlyList<string> Headings { get; } = Array.AsReadOnly<string>(["Test", "Falls fastest", "Mid-fall", "Lowest loss", "A tenth of it", "Suggestion"]);

    /// <summary>A report: the curves, the readings, the suggestion and its reason.</summary>
    /// <param name="summary">The tests.</param>
    /// <param name="title">The title. Default: "Learning-rate range test".</param>
    public static Report ToReport(this RangeTestSummary summary, string title = "Learning-rate range test")
    {
        ArgumentNullException.ThrowIfNull(summary);
        var names = Names(summary);
        return new(title)
        {
            Summary = summary.Reason,
            Sections = [new("Loss by learning rate", Curves(summary, names)), new("Readings", new TextTable(Headings, Readings(summary, names)), summary.Reason)],
            Data = [Points(summary, names)],
        };
    }

    /// <summary>Writes the report of tests as a page: see <see cref="Report.SavePage"/>.</summary>
    /// <param name="summary">The tests.</param>
    /// <param name="path">The file.</param>
    /// <param name="title">The title.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void SaveReport(this RangeTestSummary summary, string path, string title = "Learning-rate range test") => summary.ToReport(title).SavePage(path);

    /// <summary>Writes the report of one test as a page: see <see cref="Report.SavePage"/>.</summary>
    /// <param name="result">The test.</param>
    /// <param name="path">The file.</param>
    /// <param name="title">The title.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void SaveReport(this RangeTestResult result, string path, string title = "Learning-rate range test") => new RangeTestSummary([result]).SaveReport(path, title);

    /// <summary>The smoothed loss of each test by learning rate, both on logarithmic scales, with a vertical line at the suggestion.</summary>
    /// <param name="summary">The tests.</param>
    /// <param name="names">A name for each test.</param>
    /// <exception cref="ArgumentException">There are not as many names as tests.</exception>
    public static Chart Curves(RangeTestSummary summary, IReadOnlyList<string> names)
    {
        Check(summary, names);
        double[] heights = [.. summary.Results.SelectMany(result => result.Curve).Select(point => point.Smoothed).Where(double.IsFinite)];
        IEnumerable<(double Rate, double Loss, string Series)> suggestion = summary.Suggestion is { } rate && heights.Length > 0
            ? [(rate, heights.Min(), "suggestion"), (rate, heights.Max(), "suggestion")]
            : [];
        var lines = DataTable.Of(
            "curve", names.Zip(summary.Results).SelectMany(test => test.Second.Curve.Select(point => (point.Rate, Loss: point.Smoothed, Series: test.First))).Concat(suggestion),
            Column.Number<(double Rate, double Loss, string Series)>("learningRate", row => row.Rate),
            Column.Number<(double Rate, double Loss, string Series)>("loss", row => row.Loss),
            Column.Text<(double Rate, double Loss, string Series)>("series", row => row.Series));
        return Chart.Lines(
            "Loss by learning rate", "The smoothed loss of each test as the learning rate grows; the table below has the rates read from it.",
            lines, new("learningRate", "Learning rate") { IsLogarithmic = true, Format = ".3~g" }, new("loss", "Loss", "of a batch, smoothed") { IsLogarithmic = true }, "series");
    }

    /// <summary>Every point of every test.</summary>
    /// <param name="summary">The tests.</param>
    /// <param name="names">A name for each test.</param>
    /// <exception cref="ArgumentException">There are not as many names as tests.</exception>
    public static DataTable Points(RangeTestSummary summary, IReadOnlyList<string> names)
    {
        Check(summary, names);
        return DataTable.Of(
            "rates", names.Zip(summary.Results).SelectMany(test => test.Second.Curve.Select(point => (Name: test.First, Point: point))),
            Column.Text<(string Name, RatePoint Point)>("test", row => row.Name),
            Column.Number<(string Name, RatePoint Point)>("learningRate", row => row.Point.Rate),
            Column.Number<(string Name, RatePoint Point)>("loss", row => row.Point.Loss),
            Column.Number<(string Name, RatePoint Point)>("smoothedLoss", row => row.Point.Smoothed));
    }

    /// <summary>The rates read from each curve, to two digits, one row per test.</summary>
    /// <param name="summary">The tests.</param>
    /// <param name="names">A name for each test.</param>
    /// <exception cref="ArgumentException">There are not as many names as tests.</exception>
    public static IReadOnlyList<IReadOnlyList<string>> Readings(RangeTestSummary summary, IReadOnlyList<string> names)
    {
        Check(summary, names);
        return [.. names.Zip(summary.Results, (name, result) => (string[])
        [
            name, Rate(result.Steepest), Rate(result.Valley), Rate(result.Minimum), Rate(result.TenthOfMinimum), Rate(result.Suggestion),
        ])];
    }

    private static string[] Names(RangeTestSummary summary) => [.. summary.Results.Select((_, i) => string.Create(CultureInfo.InvariantCulture, $"test {i + 1}"))];

    private static string Rate(double? rate) => rate?.ToString("G2", CultureInfo.InvariantCulture) ?? "none";

    private static void Check(RangeTestSummary summary, IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(summary);
        ArgumentNullException.ThrowIfNull(names);
        if (names.Count != summary.Results.Count)
        {
            throw new ArgumentException(FormattableString.Invariant($"{nameof(names)} must name each of the {summary.Results.Count} tests, named {names.Count}."), nameof(names));
        }
    }
}
