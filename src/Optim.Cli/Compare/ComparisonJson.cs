using System.Text.Json.Nodes;
using Optim.Cli.Reports;
using Optim.Cli.Training;
using Optim.Networks;

namespace Optim.Cli.Compare;

/// <summary>A comparison's members of the JSON document.</summary>
internal static class ComparisonJson
{
    /// <summary>The members. Non-finite values are null.</summary>
    public static JsonObject Of(Comparison comparison)
    {
        var settings = comparison.Settings;
        return new()
        {
            ["seed"] = settings.Seed,
            ["seeds"] = settings.Seeds,
            ["tuningTrials"] = settings.Tune,
            ["epochs"] = settings.Epochs,
            ["batchSize"] = settings.BatchSize,
            ["score"] = settings.Task.ScoreName,
            ["network"] = settings.Task.Network,
            ["data"] = new JsonObject
            {
                ["name"] = settings.Task.Name,
                ["source"] = settings.Task.Source,
                ["address"] = settings.Task.Address,
                ["license"] = settings.Task.License,
                ["trainingCount"] = settings.Task.TrainingCount,
                ["testCount"] = settings.Task.TestCount,
            },
            ["noise"] = settings.Seeds == 1 ? null : new JsonArray([.. new[] { Noise.OfLoss(comparison), Noise.OfScore(comparison) }.OfType<Noise>().Select(Of)]),
            ["results"] = new JsonArray([.. comparison.Results.Select(Of)]),
        };
    }

    private static JsonObject Of(Noise noise) => new()
    {
        ["measure"] = noise.Measure,
        ["best"] = noise.Best.Contestant.Name,
        ["others"] = new JsonArray([.. noise.Others.Select(other => new JsonObject
        {
            ["optimizer"] = other.Result.Contestant.Name, ["meanDifference"] = other.Mean, ["p"] = other.Probability, ["withinNoise"] = other.IsNoise,
        })]),
    };

    private static JsonObject Of(Result result) => new()
    {
        ["optimizer"] = result.Contestant.Name,
        ["learningRate"] = result.Contestant.LearningRate,
        ["fullBatches"] = result.Contestant.FullBatches,
        ["rule"] = result.Contestant.CreateRule(result.Contestant.LearningRate).ToString(),
        ["finalTrainingLoss"] = Json.Number(result.Run.Final.TrainingLoss),
        ["testAccuracy"] = Json.Number(result.Run.Final.TestAccuracy),
        ["optimizerSeconds"] = result.Run.OptimizerTime.TotalSeconds,
        ["totalSeconds"] = result.Run.TotalTime.TotalSeconds,
        ["runs"] = result.Runs.Count == 1 ? null : new JsonArray([.. result.Runs.Select(run => new JsonObject
        {
            ["finalTrainingLoss"] = Json.Number(run.Final.TrainingLoss), ["testAccuracy"] = Json.Number(run.Final.TestAccuracy),
        })]),
        ["curve"] = new JsonArray([.. result.Run.Curve.Select(point => new JsonObject
        {
            ["epoch"] = point.Epoch,
            ["trainingLoss"] = Json.Number(point.TrainingLoss),
            ["testAccuracy"] = Json.Number(point.TestAccuracy),
        })]),
    };
}
