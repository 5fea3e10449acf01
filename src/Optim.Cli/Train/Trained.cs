using Optim.Cli.Training;
using Optim.Networks;

namespace Optim.Cli.Train;

/// <summary>A finished training run, with everything that the screen and the report show.</summary>
/// <param name="Settings">The settings.</param>
/// <param name="Data">The data.</param>
/// <param name="Model">A description of the model.</param>
/// <param name="Parameters">The number of parameters.</param>
/// <param name="Rule">The rule.</param>
/// <param name="StepsPerEpoch">The steps of an epoch.</param>
/// <param name="Threads">The maximum number of threads.</param>
/// <param name="History">The history.</param>
/// <param name="Confusion">The confusion matrix of the held-out examples; null for a number to predict.</param>
internal sealed record Trained(
    TrainSettings Settings, Dataset Data, string Model, int Parameters, Rule Rule, int StepsPerEpoch, int Threads, History History, Confusion? Confusion)
{
    /// <summary>The last epoch.</summary>
    public EpochFigures Last => History.Epochs[^1];

    /// <summary>The first epoch with the highest test score.</summary>
    public EpochFigures Best => History.Epochs.MaxBy(epoch => epoch.TestAccuracy)!;

    /// <summary>The total duration of all sessions.</summary>
    public double Seconds => History.Epochs.Sum(epoch => epoch.Seconds);
}
