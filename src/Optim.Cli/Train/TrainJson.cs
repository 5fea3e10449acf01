using System.Text.Json.Nodes;
using Optim.Cli.Reports;
using Optim.Cli.Training;

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
        ["testAccuracy"] = Accuracy(run, run.Last.TestAccuracy),
        ["testLoss"] = Json.Number(run.Last.TestLoss),
        ["best"] = new JsonObject { ["epoch"] = run.Best.Epoch, ["testAccuracy"] = Accuracy(run, run.Best.TestAccuracy) },
        ["seconds"] = run.Seconds,
        ["epochs"] = new JsonArray([.. run.History.Epochs.Select(epoch => new JsonObject
        {
            ["epoch"] = epoch.Epoch,
            ["trainingLoss"] = Json.Number(epoch.TrainingLoss),
            ["trainingAccuracy"] = Accuracy(run, epoch.TrainingAccuracy),
            ["testLoss"] = Json.Number(epoch.TestLoss),
            ["testAccuracy"] = Accuracy(run, epoch.TestAccuracy),
            ["seconds"] = epoch.Seconds,
        })]),
        ["target"] = run.Data.Target is not { } target ? null : new JsonObject
        {
            ["name"] = target.Name, ["testR2"] = Json.Number(run.Last.TestAccuracy), ["rootMeanSquareError"] = Json.Number(Score.Error(target, run.Last.TestLoss)),
        },
        ["classes"] = run.Confusion is not { } confusion ? new JsonArray() : new JsonArray([.. run.Data.Classes.Select((name, i) => new JsonObject
        {
            ["class"] = name,
            ["images"] = confusion.Count(i),
            ["accuracy"] = confusion.Recall(i) is { } recall ? Json.Number(recall) : null,
            ["takenFor"] = new JsonArray([.. Enumerable.Range(0, run.Data.Classes.Count).Select(taken => JsonValue.Create(confusion[i, taken]))]),
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

    /// <summary>Null where there are no classes: R^2 is no accuracy.</summary>
    private static JsonValue? Accuracy(Trained run, double score) => run.Data.Target is null ? Json.Number(score) : null;

    private static JsonArray Numbers(Trained run, Func<StepPoint, double> number) => new([.. run.History.Steps.Select(step => Json.Number(number(step)))]);
}
