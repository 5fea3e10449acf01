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
public sealed partial class Trainer<T, TBatch>
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

    /// <summary>The loss on held-out data, at the parameters' values, or null for none. Where the rule keeps averages, the values are those during it; see <see cref="EvaluatesAverages"/>.</summary>
    public Func<double>? Validate { get; init; }

    /// <summary>
    /// Whether validation sees <see cref="InPlaceOptimizer{T}.EvaluationParameters"/> in the arrays, which hold the iterate again afterwards: what Schedule-Free and averaging rules are to be judged at; for other
    /// rules they are the parameters. Default true.
    /// </summary>
    public bool EvaluatesAverages { get; init; } = true;

    /// <summary>Whether the rule is given the objective itself, for SAM and L-BFGS. Default false.</summary>
    public bool EvaluatesAgain { get; init; }

    /// <summary>The model, where it has something of its own to keep besides its parameters: running means, a random stream. It goes into every checkpoint, and the best state has its own. Null for none.</summary>
    public IModelState<T>? Model { get; init; }

    /// <summary>
    /// Takes checkpoints: every <see cref="TrainerOptions.CheckpointEvery"/> steps, after each epoch where <see cref="TrainerOptions.CheckpointEachEpoch"/> says so, and at the end. What it is given is its own.
    /// A state that is not to be gone on from is not given to it, so that it never takes the place of a good one: see <see cref="TrainerOptions.CheckpointNonFinite"/>. Null for none.
    /// </summary>
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

    /// <summary>Trains to the end on batches that arrive, epoch by epoch.</summary>
    /// <remarks>An epoch gives the same batches each time it is asked for: after <see cref="Resume"/>, those that it has had are skipped. For batches that come once, see <see cref="RunStreamAsync"/>.</remarks>
    /// <param name="epoch">From an epoch's number to its batches, the same each time.</param>
    /// <param name="cancellation">Ends training between two steps, and the waiting for a batch: <see cref="TrainingEnd.Cancelled"/>.</param>
    /// <returns>How it ended.</returns>
    public ValueTask<TrainingResult<T>> RunAsync(Func<int, CancellationToken, IAsyncEnumerable<TBatch>> epoch, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(epoch);
        return RunAsync(epoch, replays: true, cancellation);
    }

    /// <summary>Trains on a stream: batches that come once and are new each time, of a queue, say. Its end is the end of the epoch.</summary>
    /// <remarks>
    /// Nothing is skipped: after <see cref="Resume"/> the first batch of the stream is the next one, and counts on from the position. All of a stream is one epoch, and
    /// <see cref="TrainerOptions.Epochs"/> does not count: each call takes a stream to its end.
    /// </remarks>
    /// <param name="stream">The batches.</param>
    /// <param name="cancellation">Ends training between two steps, and the waiting for a batch: <see cref="TrainingEnd.Cancelled"/>.</param>
    /// <returns>How it ended.</returns>
    public ValueTask<TrainingResult<T>> RunStreamAsync(IAsyncEnumerable<TBatch> stream, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return RunAsync((_, _) => stream, replays: false, cancellation);
    }
}
