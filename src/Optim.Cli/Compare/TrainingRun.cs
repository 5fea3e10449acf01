namespace Optim.Cli.Compare;

/// <summary>Where a run stood after an epoch.</summary>
/// <param name="Epoch">Epochs done; 0 for the initial weights.</param>
/// <param name="TrainingLoss">The mean loss over all images trained on.</param>
/// <param name="TestAccuracy">The share of the held-out images that were recognised, in [0, 1].</param>
/// <param name="Seconds">The time since the run began; of no meaning for the numbers.</param>
internal sealed record EpochPoint(int Epoch, double TrainingLoss, double TestAccuracy, double Seconds);

/// <summary>What became of one optimizer's training.</summary>
/// <param name="Curve">A point before the first epoch and one after each.</param>
/// <param name="OptimizerTime">The time spent in the optimizer's steps.</param>
/// <param name="TotalTime">The time of the whole run: gradients and evaluation, too.</param>
internal sealed record TrainingRun(IReadOnlyList<EpochPoint> Curve, TimeSpan OptimizerTime, TimeSpan TotalTime)
{
    /// <summary>The last point.</summary>
    public EpochPoint Final => Curve[^1];
}
