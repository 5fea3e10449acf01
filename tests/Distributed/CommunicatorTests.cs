using Xunit;

namespace Optim.Distributed.Tests;

public class CommunicatorTests
{
    public static TheoryData<int> Sizes => [1, 2, 3, 4, 5, 8];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void All_gather_completes_a_vector_on_every_rank(int size)
    {
        // Parts of 0 to 4 elements.
        int[] ends = [.. Enumerable.Range(1, size).Select(rank => Enumerable.Range(0, rank).Sum(part => part % 5))];
        double[] expected = [.. Enumerable.Range(0, ends[^1]).Select(i => (double)i)];
        foreach (double[] vector in LocalCommunicator.Run(size, ranks =>
        {
            int start = ranks.Rank == 0 ? 0 : ends[ranks.Rank - 1];
            double[] own = [.. expected.Select((value, i) => i >= start && i < ends[ranks.Rank] ? value : double.NaN)];
            ranks.AllGather<double>(own, ends);
            return own;
        }))
        {
            Assert.Equal(expected, vector);
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Broadcast_gives_every_rank_what_any_root_has(int size)
    {
        for (int root = 0; root < size; root++)
        {
            int from = root;
            Assert.All(
                LocalCommunicator.Run(size, ranks =>
                {
                    int[] values = [ranks.Rank, -ranks.Rank];
                    ranks.Broadcast<int>(values, from);
                    return values;
                }),
                values => Assert.Equal([from, -from], values));
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => LocalCommunicator.Run(size, ranks =>
        {
            ranks.Broadcast<int>([1], size);
            return 0;
        }));
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Nobody_passes_a_barrier_before_all_have_come(int size)
    {
        int come = 0;
        Assert.All(
            LocalCommunicator.Run(size, ranks =>
            {
                Thread.Sleep(ranks.Rank);
                Interlocked.Increment(ref come);
                ranks.Barrier();
                return Volatile.Read(ref come);
            }),
            seen => Assert.Equal(size, seen));
    }

    [Fact]
    public void Where_a_rank_fails_the_others_end_and_its_exception_is_thrown()
    {
        var failure = Assert.Throws<TimeZoneNotFoundException>(() => LocalCommunicator.Run(4, ranks =>
        {
            if (ranks.Rank == 2)
            {
                throw new TimeZoneNotFoundException("rank 2");
            }

            ranks.Barrier();
            return 0;
        }));
        Assert.Equal("rank 2", failure.Message);
    }

    [Fact]
    public void Ranks_that_make_other_calls_are_told()
    {
        var failure = Assert.Throws<InvalidOperationException>(() => LocalCommunicator.Run(2, ranks =>
        {
            ranks.Exchange<byte>(1 - ranks.Rank, new byte[1 + ranks.Rank], 1 - ranks.Rank, new byte[1 + ranks.Rank]);
            return 0;
        }));
        Assert.Contains("the ranks do not make the same calls", failure.Message, StringComparison.Ordinal);
    }
}
