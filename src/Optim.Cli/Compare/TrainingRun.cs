using Optim.Cli.Reports;

namespace Optim.Cli.Compare;

/// <summary>The state of a run after an epoch.</summary>
/// <param name="Epoch">The completed epochs; 0 for the initial weights.</param>
/// <param name="TrainingLoss">The mean loss over all training images.</param>
/// <param name="TestAccuracy">The accuracy on the held-out images, in [0, 1].</param>
/// <param name="Seconds">The time since the run began; does not affect the results.</param>
internal sealed record EpochPoint(int Epoch, double TrainingLoss, double TestAccuracy, double Seconds);

/// <summary>The result of training with one optimizer.</summary>
/// <param name="Curve">A point before the first epoch and one after each.</param>
/// <param name="OptimizerTime">The time spent in the optimizer's steps.</param>
/// <param name="TotalTime">The time of the whole run, including gradients and evaluation.</param>
internal sealed record TrainingRun(IReadOnlyList<EpochPoint> Curve, TimeSpan OptimizerTime, TimeSpan TotalTime)
{
    /// <summary>The last point.</summary>
    public EpochPoint Final => Curve[^1];

    /// <summary>The run of medians: of each epoch's loss and accuracy, and of the times.</summary>
    /// <param name="runs">Runs of as many epochs, at least one.</param>
    public static TrainingRun MedianOf(IReadOnlyList<TrainingRun> runs) => runs.Count == 1 ? runs[0] : new(
        [.. runs[0].Curve.Select((point, i) => new EpochPoint(
            point.Epoch, Quantile.Median(runs.Select(run => run.Curve[i].TrainingLoss)), Quantile.OfScores(runs.Select(run => run.Curve[i].TestAccuracy), 0.5),
            Quantile.Median(runs.Select(run => run.Curve[i].Seconds))))],
        TimeSpan.FromSeconds(Quantile.Median(runs.Select(run => run.OptimizerTime.TotalSeconds))), TimeSpan.FromSeconds(Quantile.Median(runs.Select(run => run.TotalTime.TotalSeconds))));
}
