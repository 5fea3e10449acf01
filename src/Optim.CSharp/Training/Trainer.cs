using System.Numerics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Optim.CSharp;

/// <summary>Trains a model in the application's own arrays: epochs of batches, validation, early stopping, the best state, checkpoints, progress.</summary>
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
/// The objective reads the parameters' values, writes their gradients and returns the batch's loss. Training is a function of the optimizer's state,
/// the position and the batches: interrupted anywhere and resumed from a checkpoint, it ends with the same bits. Not thread-safe.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <typeparam name="TBatch">The objective's input.</typeparam>
public sealed partial class Trainer<T, TBatch>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly ITrainedOptimizer<T> optimizer;
    private readonly Func<TBatch, double> objective;
    private TrainingPosition position = TrainingPosition.Start;
    private OptimizerState<T>? best;
    private ModelState<T>? bestModel;

    /// <summary>Creates a trainer.</summary>
    /// <param name="optimizer">The optimizer; not disposed.</param>
    /// <param name="objective">Reads the parameters' values, writes their gradients, returns the batch's loss. For rules that evaluate it at several points (SAM), see <see cref="EvaluatesAgain"/>.</param>
    public Trainer(ITrainedOptimizer<T> optimizer, Func<TBatch, double> objective)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentNullException.ThrowIfNull(objective);
        this.optimizer = optimizer;
        this.objective = objective;
    }

    /// <summary>The optimizer.</summary>
    public ITrainedOptimizer<T> Optimizer => optimizer;

    /// <summary>The objective.</summary>
    public Func<TBatch, double> Objective => objective;

    /// <summary>Where the training is: at the start, where a checkpoint was when <see cref="Resume"/> continued from it, or where the last run ended.</summary>
    public TrainingPosition Position => position;

    /// <summary>The state of the best validation so far; null if there is none, or it is not kept.</summary>
    public OptimizerState<T>? Best => best;

    /// <summary>The options.</summary>
    public TrainerOptions Options { get; init; } = new();

    /// <summary>The loss on held-out data, at the parameters' values, or null for none. If the rule keeps averages, the values are the averages during validation; see <see cref="EvaluatesAverages"/>.</summary>
    public Func<double>? Validate { get; init; }

    /// <summary>
    /// Whether the arrays hold <see cref="InPlaceOptimizer{T}.EvaluationParameters"/> during validation, at which Schedule-Free and averaging rules should be evaluated, and the iterate again afterwards; for other
    /// rules the two are the same. Default true.
    /// </summary>
    public bool EvaluatesAverages { get; init; } = true;

    /// <summary>Whether the rule itself evaluates the objective, as SAM and L-BFGS do. Default false.</summary>
    public bool EvaluatesAgain { get; init; }

    /// <summary>The model, if it has state besides its parameters: running means, a random stream. The state is saved in every checkpoint and with the best state. Null for none.</summary>
    public IModelState<T>? Model { get; init; }

    /// <summary>
    /// Receives checkpoints: every <see cref="TrainerOptions.CheckpointEvery"/> steps, after each epoch if <see cref="TrainerOptions.CheckpointEachEpoch"/> is set, and at the end. It owns what it receives.
    /// A non-finite state is not passed to it, so that it never replaces a good one: see <see cref="TrainerOptions.CheckpointNonFinite"/>. Null for none.
    /// </summary>
    public Func<TrainingCheckpoint<T>, CancellationToken, ValueTask>? Checkpoint { get; init; }

    /// <summary>Receives progress every <see cref="TrainerOptions.ReportEvery"/> steps. Null for none.</summary>
    public IProgress<TrainingProgress>? Progress { get; init; }

    /// <summary>The callbacks, called in order. Default none.</summary>
    public IReadOnlyList<ITrainingCallback> Callbacks { get; init; } = [];

    /// <summary>The logger. Default: none.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>The metrics. Null for none.</summary>
    public TrainerTelemetry? Telemetry { get; init; }

    /// <summary>The other processes of the training, which end where this one does, by an exception or cancelled. Null for none. Default null.</summary>
    public ITrainingPeers? Peers { get; init; }

    /// <summary>Continues from a checkpoint: restores its state into the optimizer, the model's into <see cref="Model"/>, and the position. The next run skips the epoch's processed batches.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <exception cref="ArgumentException">The state's parameters have another layout; or only one of the model and the checkpoint has model state.</exception>
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

    /// <summary>Trains to the end. A run that was stopped earlier, as by a callback, continues where it stopped.</summary>
    /// <param name="epoch">From the epoch number to its batches, the same each time: <see cref="BatchLoader{TItem}.Epoch"/>.</param>
    /// <param name="cancellation">Ends training between two steps: <see cref="TrainingEnd.Cancelled"/>, or with <see cref="Peers"/> an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The result.</returns>
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

    /// <summary>Trains to the end on asynchronous batches.</summary>
    /// <remarks>An epoch must give the same batches each time: after <see cref="Resume"/>, processed ones are skipped. For batches that are read only once, see <see cref="RunStreamAsync"/>.</remarks>
    /// <param name="epoch">From the epoch number to its batches, the same each time.</param>
    /// <param name="cancellation">Ends training between two steps, or while waiting for a batch: <see cref="TrainingEnd.Cancelled"/>, or with <see cref="Peers"/> an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The result.</returns>
    public ValueTask<TrainingResult<T>> RunAsync(Func<int, CancellationToken, IAsyncEnumerable<TBatch>> epoch, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(epoch);
        return RunAsync(epoch, replays: true, cancellation);
    }

    /// <summary>Trains on a stream of batches that are read only once, such as a queue. Its end is the end of the epoch.</summary>
    /// <remarks>
    /// Nothing is skipped: after <see cref="Resume"/> the stream's first batch is the next one, counted from the position. A stream is one epoch, and
    /// <see cref="TrainerOptions.Epochs"/> is ignored: each call processes a stream to its end.
    /// </remarks>
    /// <param name="stream">The batches.</param>
    /// <param name="cancellation">Ends training between two steps, or while waiting for a batch: <see cref="TrainingEnd.Cancelled"/>, or with <see cref="Peers"/> an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The result.</returns>
    public ValueTask<TrainingResult<T>> RunStreamAsync(IAsyncEnumerable<TBatch> stream, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return RunAsync((_, _) => stream, replays: false, cancellation);
    }
}
