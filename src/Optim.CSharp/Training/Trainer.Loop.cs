using System.Diagnostics;
using System.Numerics;

namespace Optim.CSharp;

/// <content>The loop.</content>
public sealed partial class Trainer<T, TBatch>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private async ValueTask<TrainingResult<T>> RunAsync(Func<int, CancellationToken, IAsyncEnumerable<TBatch>> epoch, bool replays, CancellationToken cancellation)
    {
        TrainingResult<T> result;
        try
        {
            result = await LoopAsync(epoch, replays, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (Peers is not null)
        {
            Peers.End(e);
            throw;
        }

        Peers?.End(null);
        return result;
    }

    private async ValueTask<TrainingResult<T>> LoopAsync(Func<int, CancellationToken, IAsyncEnumerable<TBatch>> epoch, bool replays, CancellationToken cancellation)
    {
        int firstEpoch = position.Epoch;
        TrainerLog.Begins(Logger, position.Epoch, position.Batch, optimizer.StepCount, optimizer.Rule);
        using var activity = Telemetry?.Activities.StartActivity("Train");
        Telemetry?.Tag(activity);
        double lastLoss = double.NaN;
        TrainingEnd? end = optimizer.StepCount >= Options.MaxSteps ? TrainingEnd.MaxStepsReached : Judge(position.Losses).IsStagnant ? TrainingEnd.EarlyStopped : null;
        while (end is null && (replays ? position.Epoch < Options.Epochs : position.Epoch == firstEpoch))
        {
            using var epochActivity = Telemetry?.Activities.StartActivity("Epoch");
            epochActivity?.SetTag("optim.epoch", position.Epoch);
            try
            {
                int seen = 0, had = replays ? position.Batch : 0;
                if (had > 0)
                {
                    TrainerLog.Skips(Logger, position.Epoch, had);
                }

                await foreach (var batch in epoch(position.Epoch, cancellation).WithCancellation(cancellation).ConfigureAwait(false))
                {
                    if (seen++ < had)
                    {
                        continue;
                    }

                    if (cancellation.IsCancellationRequested)
                    {
                        end = TrainingEnd.Cancelled;
                        break;
                    }

                    long before = optimizer.StepCount;
                    (lastLoss, end) = Step(batch);
                    bool taken = optimizer.StepCount != before;
                    if (taken && optimizer.StepCount % Options.CheckpointEvery == 0)
                    {
                        await Save(cancellation).ConfigureAwait(false);
                    }

                    end ??= optimizer.StepCount >= Options.MaxSteps ? TrainingEnd.MaxStepsReached : null;
                    if (end is not null)
                    {
                        break;
                    }
                }

                if (end is null)
                {
                    // A validation that is cancelled leaves the epoch unfinished: resuming takes none of its steps again, and validates.
                    end = cancellation.IsCancellationRequested ? TrainingEnd.Cancelled : position.Batch == 0 ? TrainingEnd.NoBatches : EndEpoch();
                    if (Options.CheckpointEachEpoch && end is not (TrainingEnd.Cancelled or TrainingEnd.NoBatches))
                    {
                        await Save(cancellation).ConfigureAwait(false);
                    }
                }
            }
            catch (OperationCanceledException) when (Peers is null && cancellation.IsCancellationRequested)
            {
                end = TrainingEnd.Cancelled;
            }

            if (end == TrainingEnd.Cancelled && Peers is not null)
            {
                throw new OperationCanceledException("The training was cancelled, and ends on all processes that run it together.", cancellation);
            }
        }

        if (end != TrainingEnd.NonFiniteLoss || Options.CheckpointNonFinite)
        {
            await Save(CancellationToken.None).ConfigureAwait(false);
        }

        if (Options.RestoreBest && best is not null)
        {
            optimizer.Load(best);
            if (bestModel is not null)
            {
                Model?.Restore(bestModel);
            }
        }

        var result = new TrainingResult<T>(end ?? TrainingEnd.Completed, optimizer.Snapshot(), lastLoss, position, best, Judge(position.Losses).Best);
        TrainerLog.Ends(Logger, optimizer.StepCount, result.End, lastLoss, result.BestLoss);
        activity?.SetTag("optim.end", result.End.ToString());
        return result;
    }

    private (double Loss, TrainingEnd? End) Step(TBatch batch)
    {
        long begun = Telemetry is { TimesSteps: true } ? Stopwatch.GetTimestamp() : 0;
        double loss = objective(batch);
        if (Options.StopOnNonFiniteLoss && !double.IsFinite(loss))
        {
            TrainerLog.NonFinite(Logger, position.Epoch, position.Batch, optimizer.StepCount, loss);
            return (loss, TrainingEnd.NonFiniteLoss);
        }

        var before = new TrainingProgress(position.Epoch, position.Batch, optimizer.StepCount, loss);
        if (!All(callback => callback.BeforeStep(before)))
        {
            return (loss, TrainingEnd.StoppedByCallback);
        }

        Telemetry?.BeforeStep(optimizer);
        try
        {
            Take(batch, loss);
        }
        catch (ArithmeticException exception) when (Options.StopOnNonFiniteLoss)
        {
            // What a rule throws that meets a number it cannot go on from (L-BFGS, a guard whose patience is over); everything is as before the step.
            TrainerLog.Refused(Logger, exception, position.Epoch, position.Batch, optimizer.StepCount);
            return (loss, TrainingEnd.NonFiniteLoss);
        }

        Telemetry?.Step(loss, begun == 0 ? null : Stopwatch.GetElapsedTime(begun));
        var progress = new TrainingProgress(position.Epoch, position.Batch, optimizer.StepCount, loss);
        position = position with { Batch = position.Batch + 1, EpochLossSum = position.EpochLossSum + loss };
        if (progress.Step % Options.ReportEvery == 0)
        {
            Progress?.Report(progress);
            TrainerLog.Step(Logger, progress.Epoch, progress.Batch, progress.Step, loss);
        }

        return (loss, All(callback => callback.OnStep(progress)) ? null : TrainingEnd.StoppedByCallback);
    }

    private void Take(TBatch batch, double loss)
    {
        if (EvaluatesAgain)
        {
            // The first evaluation is the one just made: parameters and gradients are as it left them.
            bool first = true;
            optimizer.StepOn(() => first ? Once() : objective(batch));

            double Once()
            {
                first = false;
                return loss;
            }
        }
        else
        {
            optimizer.Step(Options.StepLoss switch
            {
                StepLoss.Batch => loss,
                // Known once a validation; given to the first step after it.
                _ => position.Batch == 0 && position.Losses.Count > 0 && position.Epoch % Options.ValidateEvery == 0 ? position.Losses[^1] : null,
            });
        }
    }

    private TrainingEnd? EndEpoch()
    {
        optimizer.Flush();
        double mean = position.EpochLossSum / position.Batch;
        double? validation = Validate is not null && (position.Epoch + 1) % Options.ValidateEvery == 0 ? Validated(Validate) : null;
        IReadOnlyList<double> losses = Validate is null || validation is not null ? [.. position.Losses, validation ?? mean] : position.Losses;
        var verdict = Judge(losses);
        bool isBest = losses != position.Losses && verdict.BestStep == verdict.Steps;
        (best, bestModel) = isBest && Options.TrackBest ? (optimizer.Snapshot(), Model?.Capture()) : (best, bestModel);
        var summary = new EpochSummary(position.Epoch, optimizer.StepCount, mean, validation, isBest);
        position = new(position.Epoch + 1, 0, 0, losses);
        Telemetry?.Epoch(summary);
        TrainerLog.Epoch(Logger, summary.Epoch, summary.Step, mean, validation, isBest);
        return !All(callback => callback.OnEpoch(summary)) ? TrainingEnd.StoppedByCallback : verdict.IsStagnant ? TrainingEnd.EarlyStopped : null;
    }

    private LossMonitor Judge(IReadOnlyList<double> losses) => losses.Aggregate(
        new LossMonitor { MinImprovement = Options.MinImprovement, StagnationPatience = Options.EarlyStoppingPatience }, (monitor, loss) => monitor.Next(loss));

    /// <summary>Every callback is called, even if an earlier one returned false.</summary>
    private bool All(Func<ITrainingCallback, bool> ask) => Callbacks.Aggregate(true, (goOn, callback) => ask(callback) & goOn);

    private double Validated(Func<double> validate)
    {
        using var activity = Telemetry?.Activities.StartActivity("Validate");
        return EvaluatesAverages ? optimizer.AtEvaluationParameters(validate) : validate();
    }

    private ValueTask Save(CancellationToken cancellation)
    {
        if (Checkpoint is null)
        {
            return ValueTask.CompletedTask;
        }

        if (!Options.CheckpointNonFinite && !optimizer.IsFinite())
        {
            TrainerLog.NotSaved(Logger, optimizer.StepCount);
            return ValueTask.CompletedTask;
        }

        TrainerLog.Checkpoint(Logger, optimizer.StepCount);
        return Checkpoint(new(optimizer.Snapshot(), position, best) { Model = Model?.Capture(), BestModel = bestModel }, cancellation);
    }
}
