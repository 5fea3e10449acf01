using System.Numerics;
using Optim.Distributed;
using Optim.Networks;

namespace Optim.Cli.Training;

/// <summary>A network's loss and gradient over a batch whose shards several ranks compute: the mean of the shards', by one tree, with its statistics; the same bits on any number of ranks.</summary>
/// <param name="network">The network.</param>
/// <param name="ranks">The ranks.</param>
/// <param name="shards">The number of shards of a batch.</param>
internal sealed class ShardedDerivative<T>(Network<T> network, ICommunicator ranks, int shards)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly int gradientLength = network.Layout.Length;
    private readonly ShardSum<T> sum = new(ranks, network.Layout.Length + network.InitialStatistics.Length, shards);
    private readonly ShardSum<double> correct = new(ranks, 1, shards);
    private readonly T[] vector = new T[network.Layout.Length + network.InitialStatistics.Length];

    /// <summary>The mean over a batch.</summary>
    /// <param name="rows">The batch's examples.</param>
    /// <param name="differentiate">From some of them and the number of their shard to the result on them.</param>
    public Derivative<T> Of(IReadOnlyList<int> rows, Func<IReadOnlyList<int>, int, Derivative<T>> differentiate)
    {
        try
        {
            correct.Begin(rows.Count);
            foreach (var shard in sum.Begin(rows.Count))
            {
                if (shard.Count == 0)
                {
                    sum.Add(shard, []);
                    correct.Add(shard, []);
                    continue;
                }

                var own = differentiate([.. Enumerable.Range(shard.Start, shard.Count).Select(i => rows[i])], shard.Index);
                own.Gradient.Span.CopyTo(vector);
                own.Statistics.Span.CopyTo(vector.AsSpan(gradientLength));
                sum.Add(shard, vector, own.Loss);
                correct.Add(shard, [(double)own.Correct / shard.Count]);
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
        return new(
            loss, (int)Math.Round(share[0] * rows.Count), TensorSet.OfValues<T>(network.Layout, vector.AsSpan(0, gradientLength)),
            TensorSet.OfValues<T>(network.InitialStatistics.Layout, vector.AsSpan(gradientLength)));
    }
}
