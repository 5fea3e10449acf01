using System.Globalization;
using Optim.Cli.Training;
using Optim.Networks;

namespace Optim.Cli.Train;

/// <summary>A training run's figures as text, the same in the terminal and in the report.</summary>
internal static class TrainText
{
    /// <summary>How it ended.</summary>
    public static string Result(Trained run) => string.Create(
        CultureInfo.InvariantCulture,
        $"Test {Score.Name(run.Data)} {Score.Text(run.Data, run.Last.TestAccuracy, 2)}, loss {Loss(run.Last.TestLoss)}{(run.Data.Target is { } target ? $" (root mean square error {Score.Error(target, run.Last.TestLoss):G4} in units of {target.Name})" : "")}, after {Count(run.History.Epochs.Count, "epoch")} in {run.Seconds:F1} s{(run.Best.TestAccuracy > run.Last.TestAccuracy ? $"; the best was {Score.Text(run.Data, run.Best.TestAccuracy, 2)} after epoch {run.Best.Epoch}" : "")}.");

    /// <summary>What was trained on what.</summary>
    public static string Setting(Trained run) => Setting(run.Settings, run.Data, run.Model, run.Parameters);

    /// <summary>The model, the data and the settings.</summary>
    public static string Setting(TrainSettings settings, Optim.Networks.Dataset data, string model, int parameters) => string.Create(
        CultureInfo.InvariantCulture,
        $"{data.Name}: {data.Training.Count} {Score.Things(data)} to train on, {data.Test.Count} held out. Model {settings.Model}: {model}; {parameters:N0} parameters. {settings.Optimizer.Title}, learning rate {settings.LearningRate} ({settings.Schedule.Name}), batches of {settings.BatchSize}, {(settings.IsSingle ? "float" : "double")}, {BackendOption.NameOf(settings.Backend)}.");

    /// <summary>A share in percent; a dash if there is nothing to divide by.</summary>
    public static string Percent(double? share, int decimals) => share is { } known && !double.IsNaN(known)
        ? (100 * known).ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) + " %"
        : "-";

    /// <summary>A loss.</summary>
    public static string Loss(double loss) => loss.ToString("F4", CultureInfo.InvariantCulture);

    /// <summary>A count with its noun.</summary>
    public static string Count(int number, string thing) => string.Create(CultureInfo.InvariantCulture, $"{number} {thing}{(number == 1 ? "" : "s")}");
}
