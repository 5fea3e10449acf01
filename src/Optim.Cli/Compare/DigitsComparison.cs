using System.Diagnostics;
using Optim.Cli.Training;
using Optim.CSharp;
using Optim.Networks;

namespace Optim.Cli.Compare;

/// <summary>A comparison on the digits: each optimizer from the same weights on the same batches, evaluated on all training digits before and after each epoch.</summary>
internal static class DigitsComparison
{
    /// <summary>Trains the small network with one rule.</summary>
    /// <param name="data">The digits.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="batchSize">The batch size; the last batch of an epoch may be smaller.</param>
    /// <param name="seed">Determines the initial weights and the batches.</param>
    /// <param name="epochs">The number of epochs.</param>
    /// <param name="report">Receives each point of the curve.</param>
    /// <param name="cancellation">Cancels the run, with an <see cref="OperationCanceledException"/>.</param>
    public static TrainingRun Run(Dataset data, Rule rule, int batchSize, long seed, int epochs, Action<EpochPoint> report, CancellationToken cancellation)
    {
        long begin = Stopwatch.GetTimestamp();
        using var training = new NetworkTraining<double>(Models.Digits, data, rule, batchSize, seed);
        var curve = new List<EpochPoint>();
        Record();
        var end = new Trainer<double, IReadOnlyList<int>>(training.Optimizer, training.LossAndGradient)
        {
            // A run that diverges is shown as one, to its last epoch.
            Options = new() { Epochs = epochs, TrackBest = false, StopOnNonFiniteLoss = false },
            Validate = Record,
            EvaluatesAverages = false,
            Callbacks = [training],
        }.Run(training.Batches.Epoch, cancellation).End;
        return end == TrainingEnd.Cancelled
            ? throw new OperationCanceledException(cancellation)
            : new(curve, training.OptimizerTime, Stopwatch.GetElapsedTime(begin));

        double Record()
        {
            var point = new EpochPoint(curve.Count, training.Evaluate(data.Training, cancellation).Loss, training.Evaluate(data.Test, cancellation).Accuracy,
                Stopwatch.GetElapsedTime(begin).TotalSeconds);
            curve.Add(point);
            report(point);
            return point.TrainingLoss;
        }
    }
}
