using System.Text.Json.Nodes;
using Optim.Cli.Reports;

namespace Optim.Cli.Train;

/// <summary>A training run as JSON members.</summary>
internal static class TrainJson
{
    /// <summary>The members.</summary>
    public static JsonObject Of(Trained run) => new()
    {
        ["settings"] = new JsonObject(run.Settings.Texts().Select(text => KeyValuePair.Create(text.Key, (JsonNode?)text.Value))),
        ["data"] = new JsonObject { ["name"] = run.Data.Name, ["training"] = run.Data.Training.Count, ["test"] = run.Data.Test.Count, ["shape"] = run.Data.Shape.ToString() },
        ["model"] = new JsonObject { ["name"] = run.Settings.Model, ["description"] = run.Model, ["parameters"] = run.Parameters },
        ["rule"] = run.Rule.ToString(),
        ["testAccuracy"] = Json.Number(run.Last.TestAccuracy),
        ["testLoss"] = Json.Number(run.Last.TestLoss),
        ["best"] = new JsonObject { ["epoch"] = run.Best.Epoch, ["testAccuracy"] = Json.Number(run.Best.TestAccuracy) },
        ["seconds"] = run.Seconds,
        ["epochs"] = new JsonArray([.. run.History.Epochs.Select(epoch => new JsonObject
        {
            ["epoch"] = epoch.Epoch,
            ["trainingLoss"] = Json.Number(epoch.TrainingLoss),
            ["trainingAccuracy"] = Json.Number(epoch.TrainingAccuracy),
            ["testLoss"] = Json.Number(epoch.TestLoss),
            ["testAccuracy"] = Json.Number(epoch.TestAccuracy),
            ["seconds"] = epoch.Seconds,
        })]),
        ["classes"] = new JsonArray([.. run.Data.Classes.Select((name, i) => new JsonObject
        {
            ["class"] = name,
            ["images"] = run.Confusion.Count(i),
            ["accuracy"] = run.Confusion.Recall(i) is { } recall ? Json.Number(recall) : null,
            ["takenFor"] = new JsonArray([.. Enumerable.Range(0, run.Data.Classes.Count).Select(taken => JsonValue.Create(run.Confusion[i, taken]))]),
        })]),
        ["steps"] = new JsonObject
        {
            ["loss"] = Numbers(run, step => step.Loss),
            ["correct"] = Numbers(run, step => step.Correct),
            ["count"] = Numbers(run, step => step.Count),
            ["learningRate"] = Numbers(run, step => step.LearningRate),
            ["gradientNorm"] = Numbers(run, step => step.GradientNorm),
        },
    };

    private static JsonArray Numbers(Trained run, Func<StepPoint, double> number) => new([.. run.History.Steps.Select(step => Json.Number(number(step)))]);
}
