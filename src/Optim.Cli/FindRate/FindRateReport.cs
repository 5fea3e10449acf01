using System.Text.Json.Nodes;
using Optim.Cli.Reports;
using Optim.Tuning;

namespace Optim.Cli.FindRate;

/// <summary>Range tests as a report.</summary>
internal static class FindRateReport
{
    /// <summary>The report.</summary>
    public static Report Of(FindRateRun run, DateTimeOffset started)
    {
        var summary = run.Summary;
        Point[] points = [.. run.Seeds.Zip(summary.Results).SelectMany(test => test.Second.Curve.Select(point => new Point(test.First, point)))];
        var curve = DataTable.Of(
            "rates", points,
            Column.Whole<Point>("seed", point => point.Seed),
            Column.Number<Point>("learningRate", point => point.Of.Rate),
            Column.Number<Point>("loss", point => point.Of.Loss),
            Column.Number<Point>("smoothedLoss", point => point.Of.Smoothed));
        var lines = DataTable.Of(
            "curve", points.Select(point => (point.Of.Rate, Loss: point.Of.Smoothed, Series: FindRateScreen.Name(point.Seed))).Concat(Suggestion(summary)),
            Column.Number<(double Rate, double Loss, string Series)>("learningRate", row => row.Rate),
            Column.Number<(double Rate, double Loss, string Series)>("loss", row => row.Loss),
            Column.Text<(double Rate, double Loss, string Series)>("series", row => row.Series));
        return new("find-lr", $"A learning rate for {run.Optimizer.Title}", Provenance.Of(run.CommandLine, run.Subject.Settings.Seed, 1, started))
        {
            Summary = $"Range test (Smith 2017) on {run.Subject.InWords}. {summary.Reason}",
            Sections =
            [
                new(
                    "Loss by learning rate",
                    Chart.Lines(
                        "Loss by learning rate", "The smoothed loss of each test as the learning rate grows; the table below has the rates read from it.",
                        lines, new("learningRate", "Learning rate") { IsLogarithmic = true, Format = ".3~g" }, new("loss", "Loss", "mean cross-entropy of a batch, nats, smoothed") { IsLogarithmic = true }, "series")),
                new("Readings", new TextTable(FindRateScreen.Readings, [.. FindRateScreen.Rows(run)]), summary.Reason),
            ],
            Data = [curve],
            Document = new()
            {
                ["optimizer"] = run.Optimizer.Name,
                ["data"] = run.Subject.Data.Name,
                ["model"] = run.Subject.ModelName,
                ["verdict"] = summary.Verdict.ToString(),
                ["suggestion"] = summary.Suggestion,
                ["lowest"] = summary.Lowest,
                ["highest"] = summary.Highest,
                ["reason"] = summary.Reason,
                ["tests"] = new JsonArray([.. run.Seeds.Zip(summary.Results, Test)]),
            },
        };
    }

    private static JsonObject Test(long seed, RangeTestResult result) => new()
    {
        ["seed"] = seed,
        ["verdict"] = result.Verdict.ToString(),
        ["suggestion"] = result.Suggestion,
        ["reason"] = result.Reason,
        ["steepest"] = result.Steepest,
        ["valley"] = result.Valley,
        ["minimum"] = result.Minimum,
        ["endedEarly"] = result.EndedEarly,
        ["curve"] = new JsonArray([.. result.Curve.Select(point => new JsonObject
        {
            ["learningRate"] = point.Rate, ["loss"] = Json.Number(point.Loss), ["smoothedLoss"] = Json.Number(point.Smoothed),
        })]),
    };

    /// <summary>A vertical line at the suggestion.</summary>
    private static IEnumerable<(double Rate, double Loss, string Series)> Suggestion(RangeTestSummary summary)
    {
        double[] heights = [.. summary.Results.SelectMany(result => result.Curve).Select(point => point.Smoothed).Where(double.IsFinite)];
        return summary.Suggestion is { } rate && heights.Length > 0
            ? [(rate, heights.Min(), "suggestion"), (rate, heights.Max(), "suggestion")]
            : [];
    }

    private readonly record struct Point(long Seed, RatePoint Of);
}
