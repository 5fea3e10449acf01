using System.Collections.ObjectModel;
using System.Numerics;
using Optim.CSharp;

namespace Optim.Distributed;

/// <summary>Trains with a <see cref="Trainer{T, TBatch}"/> on several ranks.</summary>
public static class TrainerExtensions
{
    /// <summary>The same training, each batch cut into shards that the ranks compute. The parameters have the same bits on any number of ranks; the number of shards is part of the training, as the batch size is.</summary>
    /// <remarks>
    /// <code>
    /// var trainer = new Trainer&lt;float, IReadOnlyList&lt;Example&gt;&gt;(optimizer, model.LossAndGradient) { Options = options, Checkpoint = folder.SaveAsync }.Distributed(ranks);
    /// trainer.Run(loader.Epoch);
    /// </code>
    /// With an <see cref="InPlaceOptimizer{T}"/> each rank keeps the whole state, and the first alone saves checkpoints; with a <see cref="ShardedOptimizer{T}"/> each keeps its part, and <see cref="ShardedCheckpointFolder{T}"/> saves
    /// them. Progress, telemetry and checkpoints of whole states are the first rank's. Each rank calls the callbacks that it has, which need not be the same: where one of any rank ends the training, it ends on all. What the objective, the
    /// batches, the validation, a callback, the progress or a checkpoint throws on one rank ends the others with a <see cref="RankFailedException"/>. A training that was resumed, or has run, goes on where it is. Every rank calls this. A rank that is cancelled ends all, too: it throws an <see cref="OperationCanceledException"/>, the others a <see cref="RankFailedException"/> that names it, and nothing is saved, since they are not at one step; on one rank alone it is as in one process.
    /// It is for a callback to end a training in the midst. A callback, a validation or an objective makes no call in which ranks wait for each other (an exchange, <see cref="ShardedOptimizer{T}.GatherState()"/>) unless every rank makes it there: what one rank calls alone meets the others in another
    /// exchange.
    /// </remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <typeparam name="TItem">The type of a batch's items.</typeparam>
    /// <param name="trainer">The training in one process: its objective returns the mean loss over the items it is given, and writes its gradient.</param>
    /// <param name="communicator">The ranks.</param>
    /// <param name="shards">The number of shards of a batch: a power of two, as many as the ranks or more. Default 16; ignored with a <see cref="ShardedOptimizer{T}"/>, which has its own.</param>
    /// <param name="bucketLength">The elements of a bucket of the gradient, which is exchanged while the last shard's other gradients are computed, if the objective says which are complete (<see cref="Parameter{T}.CompleteGradient"/>); the same on every rank. Null to exchange the gradient as a whole. Default null; ignored with a <see cref="ShardedOptimizer{T}"/>, which has its own.</param>
    /// <returns>The trainer for this rank.</returns>
    /// <exception cref="ArgumentException">The trainer has a model with a state of its own, or an optimizer of another type.</exception>
    public static Trainer<T, IReadOnlyList<TItem>> Distributed<T, TItem>(
        this Trainer<T, IReadOnlyList<TItem>> trainer, ICommunicator communicator, int shards = ShardTree.UsualCount, int? bucketLength = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(trainer);
        ArgumentNullException.ThrowIfNull(communicator);
        bool first = communicator.Rank == 0, divided = trainer.Optimizer is ShardedOptimizer<T>;
        var objective = Agreement.All(communicator, () => trainer.Model is null ? Objective(trainer, communicator, shards, bucketLength) : throw new ArgumentException(
            $"{nameof(trainer)} must have no {nameof(trainer.Model)}: what a model keeps besides its parameters would depend on the shards that a rank has seen. Take its mean over the shards in an objective of your own, by ShardSum.", nameof(trainer)));
        bool saves = Agreement.Least(communicator, first && trainer.Checkpoint is null ? 0 : 1) == 1, calls = Agreement.Least(communicator, trainer.Callbacks.Count > 0 ? 0 : 1) == 0;
        var distributed = new Trainer<T, IReadOnlyList<TItem>>(trainer.Optimizer, objective)
        {
            Options = trainer.Options,
            Validate = trainer.Validate is { } validate ? () => Agreement.All(communicator, validate) : null,
            EvaluatesAverages = trainer.EvaluatesAverages,
            EvaluatesAgain = trainer.EvaluatesAgain,
            Checkpoint = divided ? trainer.Checkpoint : saves ? (checkpoint, _) => SaveByFirst(trainer.Checkpoint, checkpoint, communicator) : null,
            Progress = first ? trainer.Progress : null,
            Callbacks = calls ? [new AgreedCallbacks(trainer.Callbacks, communicator)] : [],
            Logger = new RankLogger(trainer.Logger, communicator.Rank),
            Telemetry = first ? trainer.Telemetry : null,
            Peers = communicator.AsPeers(),
        };
        if (!trainer.Position.Equals(TrainingPosition.Start))
        {
            distributed.Resume(new(trainer.Optimizer.Snapshot(), trainer.Position, trainer.Best));
        }

        return distributed;
    }

    /// <summary>The first rank saves; the others wait until it has. It is not cancelled, which would be one rank's alone.</summary>
    private static ValueTask SaveByFirst<T>(Func<TrainingCheckpoint<T>, CancellationToken, ValueTask>? save, TrainingCheckpoint<T> checkpoint, ICommunicator ranks)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        Agreement.AllAsync(ranks, () => ranks.Rank == 0 ? save!(checkpoint, CancellationToken.None) : ValueTask.CompletedTask);

    private static Func<IReadOnlyList<TItem>, double> Objective<T, TItem>(Trainer<T, IReadOnlyList<TItem>> trainer, ICommunicator ranks, int shards, int? bucketLength)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var objective = trainer.Objective;
        if (trainer.Optimizer is ShardedOptimizer<T> divided)
        {
            return batch => divided.Evaluate(batch.Count, (start, count) => objective(Part(batch, start, count)));
        }

        if (trainer.Optimizer is not InPlaceOptimizer<T> whole)
        {
            throw new ArgumentException($"{nameof(trainer)} must have an InPlaceOptimizer or a ShardedOptimizer, had {trainer.Optimizer.GetType().Name}.", nameof(trainer));
        }

        var sum = new ShardSum<T>(ranks, whole.Layout.Length, shards, bucketLength);
        var gradients = new Gradients<T>(sum, whole.Parameters, whole.Layout);
        var flat = new T[sum.Length];
        return batch =>
        {
            gradients.AddShards(batch.Count, shard => objective(Part(batch, shard.Start, shard.Count)), ends: null);
            double mean = sum.Complete(flat);
            gradients.Spread(flat);
            return mean;
        };
    }

    private static ReadOnlyCollection<TItem> Part<TItem>(IReadOnlyList<TItem> batch, int start, int count) => Array.AsReadOnly<TItem>([.. Enumerable.Range(start, count).Select(i => batch[i])]);
}
