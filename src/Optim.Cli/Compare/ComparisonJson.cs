using System.Text.Json;
using System.Text.Json.Nodes;
using Optim.Cli.Training;

namespace Optim.Cli.Compare;

/// <summary>A comparison as one JSON document.</summary>
internal static class ComparisonJson
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>The document. What is not finite is null.</summary>
    public static string Of(Comparison comparison)
    {
        var settings = comparison.Settings;
        return new JsonObject
        {
            ["command"] = "compare",
            ["version"] = ComparisonText.Version,
            ["seed"] = settings.Seed,
            ["epochs"] = settings.Epochs,
            ["batchSize"] = settings.BatchSize,
            ["network"] = Models.Digits.Description,
            ["data"] = new JsonObject
            {
                ["name"] = Digits.Name,
                ["source"] = Digits.Source,
                ["address"] = Digits.Address,
                ["license"] = Digits.License,
                ["trainingCount"] = Digits.TrainingCount,
                ["testCount"] = Digits.TestCount,
            },
            ["results"] = new JsonArray([.. comparison.Results.Select(Of)]),
        }.ToJsonString(Indented);
    }

    private static JsonObject Of(Result result) => new()
    {
        ["optimizer"] = result.Contestant.Name,
        ["learningRate"] = result.Contestant.LearningRate,
        ["fullBatches"] = result.Contestant.FullBatches,
        ["rule"] = result.Contestant.CreateRule(result.Contestant.LearningRate).ToString(),
        ["finalTrainingLoss"] = Finite(result.Run.Final.TrainingLoss),
        ["testAccuracy"] = result.Run.Final.TestAccuracy,
        ["optimizerSeconds"] = result.Run.OptimizerTime.TotalSeconds,
        ["totalSeconds"] = result.Run.TotalTime.TotalSeconds,
        ["curve"] = new JsonArray([.. result.Run.Curve.Select(point => new JsonObject
        {
            ["epoch"] = point.Epoch,
            ["trainingLoss"] = Finite(point.TrainingLoss),
            ["testAccuracy"] = point.TestAccuracy,
        })]),
    };

    private static JsonValue? Finite(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;
}
