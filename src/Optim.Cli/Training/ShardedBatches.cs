using System.Numerics;
using Optim.Distributed;
using Optim.Networks;

namespace Optim.Cli.Training;

/// <summary>
/// A network's loss, gradient and statistics over batches whose shards several ranks compute: the mean of the shards', by one tree; the same bits on any number of ranks. The gradient is completed on every rank, or with a divided
/// optimizer each rank's part of it on that rank.
/// </summary>
/// <param name="network">The network.</param>
/// <param name="sharding">The ranks and the shards.</param>
/// <param name="divided">The optimizer that the gradient's parts are left for; null where the gradient is completed.</param>
internal sealed class ShardedBatches<T>(Network<T> network, Sharding sharding, ShardedOptimizer<T>? divided)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly int gradientLength = divided is null ? network.Layout.Length : 0;

    // With the statistics the gradient, where it is completed.
    private readonly ShardSum<T> sum = new(sharding.Ranks, network.InitialStatistics.Length + (divided is null ? network.Layout.Length : 0), sharding.Shards);
    private readonly ShardSum<double> correct = new(sharding.Ranks, 1, sharding.Shards);
    private readonly T[] vector = new T[network.InitialStatistics.Length + (divided is null ? network.Layout.Length : 0)];

    /// <summary>The means over a batch.</summary>
    /// <param name="rows">The batch's examples.</param>
    /// <param name="differentiate">From some of them and the number of their shard to the result on them.</param>
    /// <param name="gradient">Where the gradient goes: each shard's, and in the end the batch's where no optimizer is divided.</param>
    public BatchResult<T> Of(IReadOnlyList<int> rows, Func<IReadOnlyList<int>, int, Derivative<T>> differentiate, T[] gradient)
    {
        var results = new Dictionary<int, Derivative<T>>();
        double? dividedLoss = divided?.Evaluate(rows.Count, shard =>
        {
            var own = Differentiated(shard);
            own.Gradient.Span.CopyTo(gradient);

            // What is summed below: not the gradient, which is large.
            results[shard.Index] = own with { Gradient = TensorSet.OfValues<T>(Layout.Of(), []) };
            return own.Loss;
        });
        try
        {
            correct.Begin(rows.Count);
            foreach (var shard in sum.Begin(rows.Count))
            {
                Add(shard, shard.Count == 0 ? null : results.GetValueOrDefault(shard.Index) ?? Differentiated(shard));
            }
        }
        catch (Exception e)
        {
            // The other ranks end with this one.
            sum.Fail(e);
            throw;
        }

        double loss = sum.Complete(vector);
        Span<double> share = stackalloc double[1];
        correct.Complete(share);
        vector.AsSpan(0, gradientLength).CopyTo(gradient);
        return new(dividedLoss ?? loss, (int)Math.Round(share[0] * rows.Count), TensorSet.OfValues<T>(network.InitialStatistics.Layout, vector.AsSpan(gradientLength)));

        Derivative<T> Differentiated(Shard shard) => differentiate([.. Enumerable.Range(shard.Start, shard.Count).Select(i => rows[i])], shard.Index);
    }

    private void Add(Shard shard, Derivative<T>? own)
    {
        if (own is null)
        {
            sum.Add(shard, []);
            correct.Add(shard, []);
            return;
        }

        own.Gradient.Span[..gradientLength].CopyTo(vector);
        own.Statistics.Span.CopyTo(vector.AsSpan(gradientLength));
        sum.Add(shard, vector, own.Loss);
        correct.Add(shard, [(double)own.Correct / shard.Count]);
    }
}
