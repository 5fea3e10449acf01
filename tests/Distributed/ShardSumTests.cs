using Xunit;

namespace Optim.Distributed.Tests;

/// <summary>The sum over the shards of a batch is one binary tree over them, whoever computes which.</summary>
public class ShardSumTests
{
    public static TheoryData<int, int> Cases
    {
        get
        {
            var cases = new TheoryData<int, int>();
            foreach (int items in (int[])[1, 5, 16, 37, 100])
            {
                foreach (int ranks in (int[])[1, 2, 3, 4, 5, 7, 8, 16])
                {
                    cases.Add(items, ranks);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_mean_has_the_bits_of_the_tree_on_any_number_of_ranks(int items, int size)
    {
        const int Length = 37, Shards = 16;
        var (expected, loss) = ByHand(items, Length, Shards);
        Assert.All(
            LocalCommunicator.Run(size, ranks =>
            {
                var sum = new ShardSum<float>(ranks, Length, Shards);
                float[] mean = new float[Length];
                double meanLoss = 0;
                for (int step = 0; step < 2; step++)
                {
                    foreach (var shard in sum.Begin(items))
                    {
                        sum.Add(shard, shard.Count == 0 ? [] : Vector(shard.Index, Length), 1.0 / (3 + shard.Index));
                    }

                    meanLoss = sum.Complete(mean);
                }

                return (mean, meanLoss);
            }),
            result =>
            {
                Assert.Equal(expected, result.mean);
                Assert.Equal(loss, result.meanLoss);
            });
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void A_mean_costs_each_rank_the_fewest_bytes_there_can_be(int size)
    {
        const int Length = 8 * 1024;
        Assert.All(
            LocalCommunicator.Run(size, ranks =>
            {
                var sum = new ShardSum<double>(ranks, Length);
                foreach (var shard in sum.Begin(32))
                {
                    sum.Add(shard, new double[Length]);
                }

                sum.Complete(new double[Length]);
                return ranks.BytesSent;
            }),
            // Besides the vector, the losses, and whether each rank goes on.
            sent => Assert.Equal((2 * (size - 1) * Length / size * sizeof(double)) + (16 * sizeof(double) * (size - 1) / size) + (sizeof(int) * int.Log2(size)), sent));
    }

    [Fact]
    public void A_fold_over_means_is_the_same_on_any_number_of_ranks()
    {
        var one = Folded(1)[0];
        Assert.All((int[])[2, 3, 4, 8], size => Assert.All(Folded(size), state => Assert.Equal(one, state)));

        static IReadOnlyList<OptimizerState<double>> Folded(int size) => LocalCommunicator.Run(size, ranks =>
            Enumerable.Range(0, 5).Aggregate(
                Optimizer.Init(new AdamW { LearningRate = 0.1 }, TensorSet.OfValues<double>(Layout.OfVector(3), [1.0, -2.0, 3.0])),
                (state, step) => state.Step(ranks.Mean(
                    [.. Enumerable.Range(0, 3 + (5 * step)).Select(i => Math.Sin(i + step))],
                    items => state.Parameters.Map(p => items.Average(item => 2 * (p - item))))).Item1));
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        using var alone = LocalCommunicator.Alone();
        Assert.Equal("shards must be a power of two from 1 to 65536, was 12. (Parameter 'shards')", Assert.Throws<ArgumentException>(() => new ShardSum<float>(alone, 1, 12)).Message);
        Assert.Throws<ArgumentException>(() => LocalCommunicator.Run(3, ranks => new ShardSum<float>(ranks, 1, 2)));
        var sum = new ShardSum<float>(alone, 2, 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => sum.Begin(0));
        var shard = Assert.Single(sum.Begin(3));
        Assert.Equal("mean of shard 0: 3 items from 0 must have 2 elements, had 1. (Parameter 'mean')", Assert.Throws<ArgumentException>(() => sum.Add(shard, [1f])).Message);
        sum.Add(shard, [1f, 2f]);
        Assert.Throws<ArgumentException>(() => sum.ReduceScatter(new float[2], [1]));
        Assert.Throws<ArgumentException>(() => alone.Mean(Array.Empty<int>(), _ => TensorSet.OfValues<float>(Layout.OfVector(1), [1f])));
    }

    [Fact]
    public void Shards_are_added_once_each_and_in_order()
    {
        using var alone = LocalCommunicator.Alone();
        var sum = new ShardSum<double>(alone, 1, 4);
        Assert.StartsWith("A batch must begin before a shard is added", Assert.Throws<InvalidOperationException>(() => sum.Add(new(0, 0, 2, 0.25), [1])).Message, StringComparison.Ordinal);
        Assert.Contains("no batch has begun", Assert.Throws<InvalidOperationException>(() => sum.Complete(new double[1])).Message, StringComparison.Ordinal);
        var shards = sum.Begin(8);
        Assert.Equal(
            "shard must be the next of those of Begin, shard 0: 2 items from 0; was shard 1: 2 items from 2. (Parameter 'shard')", Assert.Throws<ArgumentException>(() => sum.Add(shards[1], [1])).Message);
        sum.Add(shards[0], [1]);
        Assert.Equal(
            "shard must be the next of those of Begin, shard 1: 2 items from 2; was shard 0: 2 items from 0, which was added before. (Parameter 'shard')",
            Assert.Throws<ArgumentException>(() => sum.Add(shards[0], [1])).Message);
        Assert.Throws<ArgumentException>(() => sum.Add(shards[1] with { Weight = 1 }, [1]));
        sum.Add(shards[1], [2]);
        Assert.Equal(
            "All shards of rank 0 must be added before the sum is completed; 2 of 4 were, and the next is shard 2: 2 items from 4.", Assert.Throws<InvalidOperationException>(() => sum.Complete(new double[1])).Message);

        // Nothing of all that counts.
        sum.Add(shards[2], [3]);
        sum.Add(shards[3], [6]);
        Assert.StartsWith("All 4 shards of rank 0 were added; shard 3: 2 items from 6 came then", Assert.Throws<InvalidOperationException>(() => sum.Add(shards[3], [1])).Message, StringComparison.Ordinal);
        double[] mean = new double[1];
        sum.Complete(mean);
        Assert.Equal(3, mean[0]);

        // A sum is completed once.
        Assert.Throws<InvalidOperationException>(() => sum.Complete(mean));
        Assert.Throws<InvalidOperationException>(() => sum.Add(shards[0], [1]));
        Assert.Equal(3, mean[0]);
    }

    private static float[] Vector(int shard, int length) => [.. Enumerable.Range(0, length).Select(i => MathF.Sin((100 * shard) + i) * MathF.Pow(10, (i % 7) - 3))];

    /// <summary>The same, by recursion.</summary>
    private static (float[] Mean, double Loss) ByHand(int items, int length, int shards)
    {
        return (Sum(0, shards), Loss(0, shards));

        float Weight(int shard) => (float)Share(shard);

        double Share(int shard) => (double)((items * (shard + 1) / shards) - (items * shard / shards)) / items;

        float[] Sum(int first, int count)
        {
            if (count == 1)
            {
                return Weight(first) == 0 ? new float[length] : [.. Vector(first, length).Select(x => x * Weight(first))];
            }

            return [.. Sum(first, count / 2).Zip(Sum(first + (count / 2), count / 2), (left, right) => left + right)];
        }

        double Loss(int first, int count) => count == 1 ? Share(first) * (1.0 / (3 + first)) : Loss(first, count / 2) + Loss(first + (count / 2), count / 2);
    }
}
