using System.Text.Json.Nodes;
using Optim.Cli.Reports;
using Optim.Reports;
using Optim.Tuning;

namespace Optim.Cli.FindRate;

/// <summary>Range tests as a report.</summary>
internal static class FindRateReport
{
    /// <summary>The report.</summary>
    public static CommandReport Of(FindRateRun run, DateTimeOffset started)
    {
        var summary = run.Summary;
        string[] names = [.. run.Seeds.Select(FindRateScreen.Name)];
        return new("find-lr", $"A learning rate for {run.Optimizer.Title}", Provenance.Of(run.CommandLine, run.Subject.Settings.Seed, 1, started))
        {
            Summary = $"Range test (Smith 2017) on {run.Subject.InWords}. {summary.Reason}",
            Sections =
            [
                new("Loss by learning rate", RangeTestReports.Curves(summary, names)),
                new("Readings", new TextTable(RangeTestReports.Headings, RangeTestReports.Readings(summary, names)), summary.Reason),
            ],
            Data = [RangeTestReports.Points(summary, names)],
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
}
