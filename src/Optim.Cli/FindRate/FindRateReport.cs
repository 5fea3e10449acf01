using System.Text.Json.Nodes;
using Optim.Cli.Reports;
using Optim.Tuning;

namespace Optim.Cli.FindRate;

/// <summary>A range test as a report.</summary>
internal static class FindRateReport
{
    /// <summary>The report.</summary>
    public static Report Of(FindRateRun run, DateTimeOffset started)
    {
        var result = run.Result;
        var curve = DataTable.Of(
            "rates", result.Curve,
            Column.Number<RatePoint>("learningRate", point => point.Rate),
            Column.Number<RatePoint>("loss", point => point.Loss),
            Column.Number<RatePoint>("smoothedLoss", point => point.Smoothed));
        var lines = DataTable.Of(
            "curve", result.Curve.Select(point => (point.Rate, Loss: point.Loss, Series: "of each batch"))
                .Concat(result.Curve.Select(point => (point.Rate, Loss: point.Smoothed, Series: "smoothed")))
                .Concat(Suggestion(result)),
            Column.Number<(double Rate, double Loss, string Series)>("learningRate", row => row.Rate),
            Column.Number<(double Rate, double Loss, string Series)>("loss", row => row.Loss),
            Column.Text<(double Rate, double Loss, string Series)>("series", row => row.Series));
        return new("find-lr", $"A learning rate for {run.Optimizer.Title}", Provenance.Of(run.CommandLine, run.Subject.Settings.Seed, 1, started))
        {
            Summary = $"Range test (Smith 2017) on {run.Subject.InWords}. {result.Reason}",
            Sections =
            [
                new(
                    "Loss by learning rate",
                    Chart.Lines(
                        "Loss by learning rate", "The loss of each batch and the smoothed loss as the learning rate grows; the table below has the rates read from it.",
                        lines, new("learningRate", "Learning rate") { IsLogarithmic = true, Format = ".3~g" }, new("loss", "Loss", "mean cross-entropy of a batch, nats") { IsLogarithmic = true }, "series")),
                new("Readings", new TextTable(["Reading", "Learning rate"], [.. FindRateScreen.Readings(run).Select(item => (string[])[item.Name, FindRateScreen.Rate(item.Rate)])]), result.Reason),
            ],
            Data = [curve],
            Document = new()
            {
                ["optimizer"] = run.Optimizer.Name,
                ["data"] = run.Subject.Data.Name,
                ["model"] = run.Subject.ModelName,
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
            },
        };
    }

    /// <summary>A line from the lowest loss up to the highest, where the suggestion is.</summary>
    private static IEnumerable<(double Rate, double Loss, string Series)> Suggestion(RangeTestResult result)
    {
        double[] heights = [.. result.Curve.Select(point => point.Loss).Where(double.IsFinite)];
        return result.Suggestion is { } rate && heights.Length > 0
            ? [(rate, heights.Min(), "suggestion"), (rate, heights.Max(), "suggestion")]
            : [];
    }
}
