using System.Numerics;
using Optim.CSharp;

namespace Optim.Distributed;

/// <summary>Means over a batch whose shards the ranks compute: the gradient for a fold; and the ranks as a trainer's peers.</summary>
public static class CommunicatorExtensions
{
    /// <summary>The ranks as the peers of a <see cref="Trainer{T, TBatch}"/> whose objective and callbacks are made for several ranks already; <see cref="TrainerExtensions.Distributed{T, TItem}"/> does it for others.</summary>
    /// <param name="communicator">The ranks; each gives its trainer this.</param>
    /// <returns>The peers; null for one rank, which has none.</returns>
    public static ITrainingPeers? AsPeers(this ICommunicator communicator)
    {
        ArgumentNullException.ThrowIfNull(communicator);
        return communicator.Size > 1 ? new RankPeers(communicator) : null;
    }

    /// <summary>The mean gradient of a batch: every rank computes some of its shards, and all get the same bits, on any number of ranks.</summary>
    /// <remarks>
    /// <code>
    /// let train state batch = fst (Optimizer.Step(state, ranks.Mean(batch, gradientAt state.Parameters)))
    /// let trained = Seq.fold train start batches
    /// </code>
    /// For many steps of a large model, <see cref="ShardSum{T}"/> keeps its buffers.
    /// </remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <typeparam name="TItem">The type of the items.</typeparam>
    /// <param name="communicator">The ranks.</param>
    /// <param name="batch">The batch, the same on every rank; 1 item or more.</param>
    /// <param name="gradient">From some of the items to their mean gradient.</param>
    /// <param name="shards">The number of shards: a power of two, as many as the ranks or more. The bits depend on it. Default 16.</param>
    /// <exception cref="ArgumentException">The number of shards is no power of two, or less than that of the ranks.</exception>
    /// <exception cref="RankFailedException">Another rank failed: its gradient threw.</exception>
    public static TensorSet<T> Mean<T, TItem>(
        this ICommunicator communicator, IReadOnlyList<TItem> batch, Func<IReadOnlyList<TItem>, TensorSet<T>> gradient, int shards = ShardTree.UsualCount)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(gradient);
        return communicator.Mean(batch, items => Tuple.Create(0.0, gradient(items)), shards).Item2;
    }

    /// <summary>The mean loss of a batch and its gradient, as the other overload has the gradient.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <typeparam name="TItem">The type of the items.</typeparam>
    /// <param name="communicator">The ranks.</param>
    /// <param name="batch">The batch, the same on every rank; 1 item or more.</param>
    /// <param name="lossAndGradient">From some of the items to their mean loss and its gradient.</param>
    /// <param name="shards">The number of shards.</param>
    /// <exception cref="ArgumentException">The number of shards is no power of two, or less than that of the ranks.</exception>
    /// <exception cref="RankFailedException">Another rank failed: its gradient threw.</exception>
    public static Tuple<double, TensorSet<T>> Mean<T, TItem>(
        this ICommunicator communicator, IReadOnlyList<TItem> batch, Func<IReadOnlyList<TItem>, Tuple<double, TensorSet<T>>> lossAndGradient, int shards = ShardTree.UsualCount)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(communicator);
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(lossAndGradient);
        if (batch.Count == 0)
        {
            throw new ArgumentException("The batch must have an item or more, had none.", nameof(batch));
        }

        ShardTree.Checked(shards, communicator.Size);
        int ranks = communicator.Size, begin = ShardTree.FirstOf(communicator.Rank, ranks, shards);
        Shard[] own = [.. Enumerable.Range(begin, ShardTree.FirstOf(communicator.Rank + 1, ranks, shards) - begin).Select(index => ShardTree.Of(index, shards, batch.Count))];

        var (sum, layout) = Agreement.Own(communicator, Added);
        var mean = new T[sum.Length];
        double meanLoss = sum.Complete(mean);
        return new(meanLoss, TensorSet.OfValues<T>(layout, mean));

        (ShardSum<T> Sum, Layout Layout) Added()
        {
            // A rank whose shards are all empty learns the layout from one item, whose gradient counts for nothing.
            int first = Array.FindIndex(own, shard => shard.Count > 0);
            var known = Evaluated(first < 0 ? new(0, 0, 1, 0) : own[first]);
            var layout = known.Item2.Layout;
            var sum = new ShardSum<T>(communicator, layout.Length, shards);
            sum.Begin(batch.Count);
            for (int i = 0; i < own.Length; i++)
            {
                var (loss, gradient) = i == first || own[i].Count == 0 ? known : Evaluated(own[i]);
                if (!gradient.Layout.Equals(layout))
                {
                    throw new ArgumentException($"The gradients of all items must have one layout, were {layout} and {gradient.Layout}.", nameof(lossAndGradient));
                }

                sum.Add(own[i], own[i].Count == 0 ? [] : gradient.Span, loss);
            }

            return (sum, layout);
        }

        Tuple<double, TensorSet<T>> Evaluated(Shard shard) =>
            lossAndGradient([.. Enumerable.Range(shard.Start, shard.Count).Select(i => batch[i])]);
    }
}
