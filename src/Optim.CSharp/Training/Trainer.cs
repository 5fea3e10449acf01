using System.Diagnostics;
using System.Numerics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Optim.CSharp;

/// <summary>Trains a model that lies in the application's own arrays: epochs of batches, validation, early stopping, the best state, checkpoints, progress.</summary>
/// <remarks>
/// <code>
/// var loader = new BatchLoader&lt;Example&gt;(examples, batchSize: 32);
/// var trainer = new Trainer&lt;float, IReadOnlyList&lt;Example&gt;&gt;(optimizer, model.LossAndGradient)
/// {
///     Options = new() { Epochs = 20, EarlyStoppingPatience = 3, RestoreBest = true },
///     Validate = () => model.Loss(held),
/// };
/// var result = trainer.Run(loader.Epoch, cancellationToken);
/// </code>
/// The objective reads the parameters' values, writes their gradients and returns the batch's loss. A training is a function of the optimizer's state,
/// the position and the batches: cut anywhere and resumed from a checkpoint, it ends in the same bits. Not safe for several threads at once.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <typeparam name="TBatch">What the objective is given.</typeparam>
public sealed class Trainer<T, TBatch>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly InPlaceOptimizer<T> optimizer;
    private readonly Func<TBatch, double> objective;
    private TrainingPosition position = TrainingPosition.Start;
    private OptimizerState<T>? best;
    private ModelState<T>? bestModel;

    /// <summary>A trainer at the beginning.</summary>
    /// <param name="optimizer">The optimizer, which stays the caller's to dispose of.</param>
    /// <param name="objective">Reads the parameters' values, writes their gradients, returns the batch's loss. For rules that evaluate it at several points (SAM), see <see cref="EvaluatesAgain"/>.</param>
    public Trainer(InPlaceOptimizer<T> optimizer, Func<TBatch, double> objective)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentNullException.ThrowIfNull(objective);
        this.optimizer = optimizer;
        this.objective = objective;
    }

    /// <summary>How long to train, and what to do on the way.</summary>
    public TrainerOptions Options { get; init; } = new();

    /// <summary>The loss on data held out, at the parameters' values, or null for none. Where the rule keeps averages (<see cref="EvaluatesAverages"/>) the values are those during it.</summary>
    public Func<double>? Validate { get; init; }

    /// <summary>Whether validation sees <see cref="InPlaceOptimizer{T}.EvaluationParameters"/> in the arrays, which hold the iterate again afterwards. Default false.</summary>
    public bool EvaluatesAverages { get; init; }

    /// <summary>Whether the rule is given the objective itself, for SAM and L-BFGS. Default false.</summary>
    public bool EvaluatesAgain { get; init; }

    /// <summary>The model, where it has something of its own to keep besides its parameters: running means, a random stream. It goes into every checkpoint, and the best state has its own. Null for none.</summary>
    public IModelState<T>? Model { get; init; }

    /// <summary>Takes checkpoints: every <see cref="TrainerOptions.CheckpointEvery"/> steps, after each epoch where <see cref="TrainerOptions.CheckpointEachEpoch"/> says so, and at the end. What it is given is its own. Null for none.</summary>
    public Func<TrainingCheckpoint<T>, CancellationToken, ValueTask>? Checkpoint { get; init; }

    /// <summary>Is told every <see cref="TrainerOptions.ReportEvery"/> steps. Null for nobody.</summary>
    public IProgress<TrainingProgress>? Progress { get; init; }

    /// <summary>Take part in order. Default none.</summary>
    public IReadOnlyList<ITrainingCallback> Callbacks { get; init; } = [];

    /// <summary>Takes the log. Default: nobody.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>Measures. Null for nothing.</summary>
    public TrainerTelemetry? Telemetry { get; init; }

    /// <summary>Goes on from a checkpoint: writes its state into the optimizer and the model's into <see cref="Model"/>, and takes its position. The next run skips the batches that the epoch has had.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <exception cref="ArgumentException">The state's parameters have another layout; or the model keeps something, and the checkpoint has nothing of it, or the other way round.</exception>
    public void Resume(TrainingCheckpoint<T> checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        if (Model is null != checkpoint.Model is null)
        {
            throw new ArgumentException(
                Model is null ? $"{nameof(checkpoint)} holds what a model kept, and the trainer has no {nameof(Model)} to restore." : $"{nameof(checkpoint)} must hold what the model keeps, and does not.",
                nameof(checkpoint));
        }

        optimizer.Load(checkpoint.State);
        if (checkpoint.Model is { } kept)
        {
            Model?.Restore(kept);
        }

        (position, best, bestModel) = (checkpoint.Position, checkpoint.Best, checkpoint.BestModel);
    }

    /// <summary>Trains to the end. A run that ended before it, as by a callback, goes on where it ended.</summary>
    /// <param name="epoch">From an epoch's number to its batches, the same each time: <see cref="BatchLoader{TItem}.Epoch"/>.</param>
    /// <param name="cancellation">Ends training between two steps: <see cref="TrainingEnd.Cancelled"/>.</param>
    /// <returns>How it ended.</returns>
    public TrainingResult<T> Run(Func<int, IEnumerable<TBatch>> epoch, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(epoch);
        // Nothing in it waits but a checkpoint that does.
        return RunAsync((number, token) => Lifted(epoch(number)), cancellation).AsTask().GetAwaiter().GetResult();

        static async IAsyncEnumerable<TBatch> Lifted(IEnumerable<TBatch> batches)
        {
            await ValueTask.CompletedTask.ConfigureAwait(false);
            foreach (var batch in batches)
            {
                yield return batch;
            }
        }
    }

    /// <summary>Trains to the end on batches that arrive.</summary>
    /// <param name="epoch">From an epoch's number to its batches.</param>
    /// <param name="cancellation">Ends training between two steps, and the waiting for a batch: <see cref="TrainingEnd.Cancelled"/>.</param>
    /// <returns>How it ended.</returns>
    public async ValueTask<TrainingResult<T>> RunAsync(Func<int, CancellationToken, IAsyncEnumerable<TBatch>> epoch, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(epoch);
        TrainerLog.Begins(Logger, position.Epoch, position.Batch, optimizer.StepCount, optimizer.Rule);
        using var activity = Telemetry?.Activities.StartActivity("Train");
        double lastLoss = double.NaN;
        TrainingEnd? end = optimizer.StepCount >= Options.MaxSteps ? TrainingEnd.MaxStepsReached : Judge(position.Losses).IsStagnant ? TrainingEnd.EarlyStopped : null;
        while (end is null && position.Epoch < Options.Epochs)
        {
            using var epochActivity = Telemetry?.Activities.StartActivity("Epoch");
            epochActivity?.SetTag("optim.epoch", position.Epoch);
            try
            {
                int seen = 0;
                await foreach (var batch in epoch(position.Epoch, cancellation).WithCancellation(cancellation).ConfigureAwait(false))
                {
                    if (seen++ < position.Batch)
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
                    end = cancellation.IsCancellationRequested ? TrainingEnd.Cancelled : EndEpoch();
                    if (Options.CheckpointEachEpoch && end != TrainingEnd.Cancelled)
                    {
                        await Save(cancellation).ConfigureAwait(false);
                    }
                }
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                end = TrainingEnd.Cancelled;
            }
        }

        await Save(CancellationToken.None).ConfigureAwait(false);
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
            optimizer.Step(loss);
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

    private TrainingEnd? EndEpoch()
    {
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

    /// <summary>Every callback is asked, even where one before has said no.</summary>
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

        TrainerLog.Checkpoint(Logger, optimizer.StepCount);
        return Checkpoint(new(optimizer.Snapshot(), position, best) { Model = Model?.Capture(), BestModel = bestModel }, cancellation);
    }
}
