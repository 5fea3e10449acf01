using Optim.Cli.Training;
using Optim.Networks;

namespace Optim.Cli.Train;

/// <summary>A training that is over: all that the screen and the report tell.</summary>
/// <param name="Settings">What decided the numbers.</param>
/// <param name="Data">What was trained on.</param>
/// <param name="Model">What was trained, in words.</param>
/// <param name="Parameters">How many numbers were trained.</param>
/// <param name="Rule">With what.</param>
/// <param name="StepsPerEpoch">The steps of an epoch.</param>
/// <param name="Threads">The most threads.</param>
/// <param name="History">What was seen on the way.</param>
/// <param name="Confusion">What held-out images were taken for.</param>
internal sealed record Trained(
    TrainSettings Settings, Dataset Data, string Model, int Parameters, Rule Rule, int StepsPerEpoch, int Threads, History History, Confusion Confusion)
{
    /// <summary>The last epoch.</summary>
    public EpochFigures Last => History.Epochs[^1];

    /// <summary>The first epoch of the highest test accuracy.</summary>
    public EpochFigures Best => History.Epochs.MaxBy(epoch => epoch.TestAccuracy)!;

    /// <summary>How long it took, all sittings together.</summary>
    public double Seconds => History.Epochs.Sum(epoch => epoch.Seconds);
}
