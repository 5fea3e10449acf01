using Xunit;

namespace Optim.Distributed.Tests;

/// <summary>Ranks that fail in their exchanges themselves: in sums of shards, together with others, or by returning while others wait.</summary>
public class ExchangeFailureTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Whoever_adds_too_few_shards_ends_all(int size)
    {
        Exception?[] ends = [.. LocalCommunicator.Run(size, ranks => Record.Exception(() =>
        {
            var sum = new ShardSum<float>(ranks, 3);
            foreach (var shard in sum.Begin(16).SkipLast(ranks.Rank == 1 ? 1 : 0))
            {
                sum.Add(shard, [1, 2, 3]);
            }

            sum.Complete(new float[3]);
        }))];
        Assert.StartsWith(
            FormattableString.Invariant($"All shards of rank 1 must be added before the sum is completed; {(16 / size) - 1} of {16 / size} were, and the next is shard {(32 / size) - 1}: 1 items from {(32 / size) - 1}."), Assert.IsType<InvalidOperationException>(ends[1]).Message, StringComparison.Ordinal);
        Assert.All(ends.Where((_, rank) => rank != 1), end => Assert.Contains("All shards of rank 1", Assert.IsType<RankFailedException>(end).Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Where_ranks_fail_together_each_throws_its_own_exception()
    {
        Exception?[] ends = [.. LocalCommunicator.Run(3, ranks => Record.Exception(() =>
        {
            using var toy = new Toy(ranks, divided: true);
            toy.Divided!.Evaluate(Toy.Items, (_, _) => ranks.Rank == 0 ? 1 : throw new InvalidDataException(FormattableString.Invariant($"rank {ranks.Rank}")));
        }))];
        Assert.Equal(1, Assert.IsType<RankFailedException>(ends[0]).Rank);
        Assert.Equal("rank 1", Assert.IsType<InvalidDataException>(ends[1]).Message);
        Assert.Equal("rank 2", Assert.IsType<InvalidDataException>(ends[2]).Message);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void A_rank_that_returns_while_others_wait_ends_them(int size)
    {
        var failure = Assert.Throws<InvalidOperationException>(() => LocalCommunicator.Run(size, ranks =>
        {
            if (ranks.Rank > 0)
            {
                ranks.Barrier();
            }

            return 0;
        }));
        Assert.Contains("waits for rank 0, which has returned: the ranks do not make the same calls", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_several_exceptions_that_is_thrown_which_the_others_followed()
    {
        var failure = Assert.Throws<InvalidDataException>(() => LocalCommunicator.Run(4, ranks =>
        {
            using var toy = new Toy(ranks, divided: true);
            return toy.Divided!.Evaluate(Toy.Items, (_, _) => ranks.Rank == 3 ? throw new InvalidDataException("rank 3") : 1);
        }));
        Assert.Equal("rank 3", failure.Message);
    }
}
