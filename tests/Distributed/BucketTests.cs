using System.Collections.Concurrent;
using Xunit;

namespace Optim.Distributed.Tests;

/// <summary>A sum whose last shard comes in parts is exchanged by buckets while the rest is computed: the bits, the fewest bytes and the failures are those of a sum that is exchanged as a whole.</summary>
public class BucketTests
{
    private const int Length = 1000, Shards = 16;

    /// <summary>The parts of a vector, in the order in which they come.</summary>
    private static readonly (int From, int End)[] Backwards = [(910, 1000), (900, 910), (370, 900), (370, 370), (3, 370), (0, 3)], Forwards = [.. Backwards.Reverse()], Mixed = [(370, 900), (0, 3), (910, 1000), (3, 370), (900, 910)];

    public static TheoryData<int, int?> Cases
    {
        get
        {
            var cases = new TheoryData<int, int?>();
            foreach (int size in (int[])[1, 2, 3, 4, 5, 8, 16])
            {
                foreach (int? bucket in (int?[])[null, 1000, 999, 256, 37])
                {
                    cases.Add(size, bucket);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_bits_are_those_of_one_rank_and_one_exchange(int size, int? bucket)
    {
        foreach (int items in (int[])[5, 16, 37])
        {
            var (expected, loss) = LocalCommunicator.Run(1, ranks => Mean(ranks, items, null, (_, _) => null, gathers: true))[0];
            foreach (bool gathers in (bool[])[true, false])
            {
                // Every rank in an order of its own, one of them without saying when a part is there.
                var results = LocalCommunicator.Run(size, ranks => Mean(
                    ranks, items, bucket, (shard, last) => ((ranks.Rank + (last ? 0 : shard)) % 4) switch { 0 => Backwards, 1 => Forwards, 2 => Mixed, _ => null }, gathers));
                foreach (var ((mean, meanLoss), rank) in results.Select((result, rank) => (result, rank)))
                {
                    int[] ends = EndsOf(size);
                    Assert.Equal(loss, meanLoss);
                    Assert.Equal(gathers ? expected : Collectives.Part<float>(expected, ends, rank).ToArray(), gathers ? mean : Collectives.Part<float>(mean, ends, rank).ToArray());
                }
            }
        }
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(4, true)]
    [InlineData(8, true)]
    [InlineData(2, false)]
    [InlineData(4, false)]
    public void Buckets_cost_each_rank_a_number_more_and_no_byte_of_the_vector(int size, bool gathers)
    {
        const int Long = 8 * 1024, Bucket = 1000, Buckets = 9;
        long[] sent = [.. LocalCommunicator.Run(size, ranks =>
        {
            int[] ends = Collectives.EvenEnds(Long, size);
            var sum = new ShardSum<double>(ranks, Long, Shards, Bucket);
            foreach (var shard in sum.Begin(32, gathers ? null : ends))
            {
                sum.AddPart(shard, Long / 2, new double[Long / 2]);
                sum.AddPart(shard, 0, new double[Long / 2]);
                sum.EndShard(shard);
            }

            double[] mean = new double[Long];
            _ = gathers ? sum.Complete(mean) : sum.ReduceScatter(mean, ends);
            return ranks.BytesSent;
        })];
        int small = (Shards * sizeof(double) * (size - 1) / size) + (Buckets * sizeof(int) * int.Log2(size));

        // Each rank sends as much where the parts are even ones of every bucket; where they are given, whoever has none of a bucket sends it.
        long vector = (gathers ? 2L : 1) * (size - 1) * Long * sizeof(double);
        Assert.Equal(vector + ((long)small * size), sent.Sum());
        Assert.All(sent, bytes => Assert.True(!gathers || bytes == small + (vector / size)));
    }

    [Fact]
    public void What_is_complete_is_exchanged_while_the_rest_is_computed()
    {
        // No rank has its first part before all of the others' buckets have gone round.
        using var exchanged = new CountdownEvent(3);
        LocalCommunicator.Run(3, ranks =>
        {
            var sum = new ShardSum<float>(ranks, Length, Shards, 100);
            foreach (var shard in sum.Begin(16))
            {
                float[] vector = Vector(shard.Index);
                sum.AddPart(shard, 100, vector.AsSpan(100));
                if (shard.Index == ShardTree.FirstOf(ranks.Rank + 1, 3, Shards) - 1)
                {
                    long last = 9 * 100 * sizeof(float) / 3;
                    Assert.True(SpinWait.SpinUntil(() => ranks.BytesSent >= last, TimeSpan.FromMinutes(1)));
                    exchanged.Signal();
                    Assert.True(exchanged.Wait(TimeSpan.FromMinutes(1)));
                }

                sum.AddPart(shard, 0, vector.AsSpan(0, 100));
                sum.EndShard(shard);
            }

            return sum.Complete(new float[Length]);
        });
    }

    [Fact]
    public void Every_rank_exchanges_the_buckets_in_the_same_order_on_one_thread_at_a_time()
    {
        var calls = new ConcurrentQueue<(int Rank, int Bytes)>();
        LocalCommunicator.Run(4, ranks => Mean(new Recorded(ranks, calls), 32, 128, (_, last) => last ? ranks.Rank % 2 == 0 ? Forwards : Backwards : null, gathers: true));
        int[][] each = [.. calls.GroupBy(call => call.Rank).OrderBy(rank => rank.Key).Select(rank => rank.Select(call => call.Bytes).ToArray())];
        Assert.Equal(4, each.Length);
        Assert.All(each, bytes => Assert.Equal(each[0].Length, bytes.Length));
    }

    public static TheoryData<int, int> Failing => new() { { 2, 0 }, { 2, 3 }, { 3, 3 }, { 4, 2 }, { 4, 6 }, { 8, 4 } };

    [Theory]
    [MemberData(nameof(Failing))]
    public void A_rank_that_throws_in_its_last_shard_ends_all_after_some_buckets_were_sent(int size, int parts)
    {
        float[][] means = new float[size][];
        Exception?[] ends = [.. LocalCommunicator.Run(size, ranks => Record.Exception(() =>
        {
            var sum = new ShardSum<float>(ranks, Length, Shards, 50);
            means[ranks.Rank] = new float[Length];
            Work(sum, ranks, shard => ranks.Rank == 1 && IsLast(shard, ranks), parts);
            sum.Complete(means[ranks.Rank]);
        }))];
        Assert.Equal("no disk", Assert.IsType<TimeZoneNotFoundException>(ends[1]).Message);
        Assert.All(ends.Where((_, rank) => rank != 1), end => Assert.Equal(
            FormattableString.Invariant($"Rank 1 of {size} failed: TimeZoneNotFoundException: no disk"), Assert.IsType<RankFailedException>(end).Message));
        Assert.All(means, mean => Assert.All(mean, value => Assert.Equal(0, value)));
    }

    [Fact]
    public void Ranks_that_fail_after_other_numbers_of_buckets_end_with_the_first_and_can_begin_anew()
    {
        var expected = LocalCommunicator.Run(1, ranks => Mean(ranks, 16, null, (_, _) => null, gathers: true))[0].Mean;
        var outcomes = LocalCommunicator.Run(4, ranks =>
        {
            var sum = new ShardSum<float>(ranks, Length, Shards, 50);
            var end = Record.Exception(() =>
            {
                Work(sum, ranks, shard => ranks.Rank > 0 && IsLast(shard, ranks), 1 + ranks.Rank);
                sum.Complete(new float[Length]);
            });
            float[] mean = new float[Length];
            Work(sum, ranks, _ => false, 0);
            sum.Complete(mean);
            return (end, mean);
        });
        Assert.IsType<TimeZoneNotFoundException>(outcomes[1].end);
        Assert.Equal(1, Assert.IsType<RankFailedException>(outcomes[0].end).Rank);

        // These may have heard of rank 1 before they fail themselves.
        Assert.All(outcomes.Skip(2), outcome => Assert.True(outcome.end is TimeZoneNotFoundException or RankFailedException { Rank: 1 }));
        Assert.All(outcomes, outcome => Assert.Equal(expected, outcome.mean));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void A_rank_that_ends_without_a_word_in_its_last_shard_ends_the_exchanges_of_the_others(int size)
    {
        var failure = Assert.Throws<TimeZoneNotFoundException>(() => LocalCommunicator.Run(size, ranks =>
        {
            var sum = new ShardSum<float>(ranks, Length, Shards, 50);
            foreach (var shard in sum.Begin(16))
            {
                sum.AddPart(shard, 500, new float[500]);
                _ = ranks.Rank == 1 && IsLast(shard, ranks) ? throw new TimeZoneNotFoundException("no disk") : 0;
                sum.AddPart(shard, 0, new float[500]);
                sum.EndShard(shard);
            }

            return sum.Complete(new float[Length]);
        }));
        Assert.Equal("no disk", failure.Message);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void An_exchange_that_fails_is_what_the_sum_ends_by(int after)
    {
        Exception?[] ends = [.. LocalCommunicator.Run(2, ranks => Record.Exception(() =>
        {
            var sum = new ShardSum<float>(new Failing1(ranks, after), Length, Shards, 50);
            Work(sum, ranks, _ => false, 0);
            sum.Complete(new float[Length]);
        }))];
        Assert.All(ends, end => Assert.Equal("torn off", Assert.IsType<IOException>(end).Message));
    }

    [Fact]
    public void A_batch_whose_buckets_were_exchanged_is_not_dropped()
    {
        Exception?[] ends = [.. LocalCommunicator.Run(2, ranks =>
        {
            var sum = new ShardSum<float>(ranks, Length, Shards, 100);
            foreach (var shard in sum.Begin(16))
            {
                sum.AddPart(shard, 500, new float[500]);
                if (IsLast(shard, ranks))
                {
                    break;
                }

                sum.AddPart(shard, 0, new float[500]);
                sum.EndShard(shard);
            }

            var end = Record.Exception(() => sum.Begin(16));
            sum.Fail(end!);
            return end;
        })];
        Assert.All(ends, end => Assert.StartsWith("5 of the 10 buckets of the batch before were exchanged, and the other ranks wait for the rest", Assert.IsType<InvalidOperationException>(end).Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Parts_that_do_not_fit_are_refused()
    {
        using var alone = LocalCommunicator.Alone();
        Assert.Throws<ArgumentOutOfRangeException>(() => new ShardSum<float>(alone, 10, 2, 0));
        var sum = new ShardSum<float>(alone, 10, 2, 4);
        var shards = sum.Begin(2);
        Assert.Equal("shard must be the next of those of Begin, shard 0: 1 items from 0; was shard 1: 1 items from 1. (Parameter 'shard')", Assert.Throws<ArgumentException>(() => sum.AddPart(shards[1], 0, [1])).Message);
        Assert.Equal("offset and the 2 elements from there must lie within the vector of 10, was 9. (Parameter 'offset')", Assert.Throws<ArgumentException>(() => sum.AddPart(shards[0], 9, [1, 2])).Message);
        Assert.Throws<ArgumentException>(() => sum.AddPart(shards[0], -1, [1, 2]));
        sum.AddPart(shards[0], 4, [1, 2]);
        foreach (int offset in (int[])[3, 4, 5])
        {
            Assert.Equal(
                FormattableString.Invariant($"offset must begin a part of which nothing was added before, was {offset} with 2 elements of shard 0: 1 items from 0. (Parameter 'offset')"),
                Assert.Throws<ArgumentException>(() => sum.AddPart(shards[0], offset, [1, 2])).Message);
        }

        Assert.StartsWith("Parts of shard 0: 1 items from 0 were added: it ends by EndShard", Assert.Throws<InvalidOperationException>(() => sum.Add(shards[0], new float[10])).Message, StringComparison.Ordinal);
        sum.AddPart(shards[0], 0, new float[4]);
        Assert.Equal("All 10 elements of shard 0: 1 items from 0 must be added before it ends; the first that is missing is 6.", Assert.Throws<InvalidOperationException>(() => sum.EndShard(shards[0])).Message);
        sum.AddPart(shards[0], 6, new float[4]);
        sum.EndShard(shards[0]);
        sum.Add(shards[1], new float[10]);
        Assert.StartsWith("A sum by buckets must be completed as it was begun: by Complete.", Assert.Throws<ArgumentException>(() => sum.ReduceScatter(new float[10], [10])).Message, StringComparison.Ordinal);
        float[] mean = new float[10];
        sum.Complete(mean);
        Assert.Equal([0, 0, 0, 0, 0.5f, 1, 0, 0, 0, 0], mean);
        Assert.Throws<ArgumentException>(() => sum.Begin(2, [9]));
        var none = sum.Begin(1)[0];
        Assert.Throws<ArgumentException>(() => sum.AddPart(none, 0, []));
    }

    [Fact]
    public void Two_exchanges_at_once_are_refused()
    {
        Exception?[] ends = [.. LocalCommunicator.Run(2, ranks => Record.Exception(() =>
        {
            if (ranks.Rank == 1)
            {
                Thread.Sleep(300);
                ranks.Barrier();
                return;
            }

            var waiting = Task.Factory.StartNew(ranks.Barrier, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            Thread.Sleep(100);
            var refused = Record.Exception(ranks.Barrier);
            waiting.GetAwaiter().GetResult();
            _ = refused is null ? 0 : throw refused;
        }))];
        Assert.StartsWith("Two threads exchange by one communicator at once.", Assert.IsType<InvalidOperationException>(ends[0]).Message, StringComparison.Ordinal);
        Assert.Null(ends[1]);
    }

    private static int[] EndsOf(int size) => [.. Enumerable.Range(1, size).Select(rank => Length * rank * rank / (size * size))];

    private static bool IsLast(Shard shard, ICommunicator ranks) => shard.Index == ShardTree.FirstOf(ranks.Rank + 1, ranks.Size, Shards) - 1;

    private static float[] Vector(int shard) => [.. Enumerable.Range(0, Length).Select(i => MathF.Sin((100 * shard) + i) * MathF.Pow(10, (i % 7) - 3))];

    /// <summary>Two batches, so that buffers are used again.</summary>
    private static (float[] Mean, double Loss) Mean(ICommunicator ranks, int items, int? bucket, Func<int, bool, (int From, int End)[]?> parts, bool gathers)
    {
        var sum = new ShardSum<float>(ranks, Length, Shards, bucket);
        float[] mean = new float[Length];
        int[] ends = EndsOf(ranks.Size);
        double loss = 0;
        for (int batch = 0; batch < 2; batch++)
        {
            foreach (var shard in sum.Begin(items, gathers ? null : ends))
            {
                float[] vector = Vector(shard.Index);
                double own = 1.0 / (3 + shard.Index);
                if (shard.Count == 0 || parts(shard.Index, IsLast(shard, ranks)) is not { } pieces)
                {
                    sum.Add(shard, shard.Count == 0 ? [] : vector, own);
                    continue;
                }

                foreach (var (from, end) in pieces)
                {
                    sum.AddPart(shard, from, vector.AsSpan(from..end));
                }

                sum.EndShard(shard, own);
            }

            loss = gathers ? sum.Complete(mean) : sum.ReduceScatter(mean, ends);
        }

        return (mean, loss);
    }

    /// <summary>Adds this rank's shards of a batch in parts; where it is told to, it fails after some of them.</summary>
    private static void Work(ShardSum<float> sum, ICommunicator ranks, Func<Shard, bool> fails, int after) => sum.Own(() =>
    {
        foreach (var shard in sum.Begin(16))
        {
            float[] vector = Vector(shard.Index);
            for (int i = 0; i < Backwards.Length; i++)
            {
                _ = fails(shard) && i == after ? throw new TimeZoneNotFoundException("no disk") : 0;
                sum.AddPart(shard, Backwards[i].From, vector.AsSpan(Backwards[i].From..Backwards[i].End));
            }

            _ = fails(shard) ? throw new TimeZoneNotFoundException("no disk") : 0;
            sum.EndShard(shard, 1.0 / (3 + shard.Index));
        }
    });

    /// <summary>Ranks whose exchanges are written down.</summary>
    private sealed class Recorded(ICommunicator ranks, ConcurrentQueue<(int Rank, int Bytes)> calls) : Wrapped(ranks)
    {
        protected override void Before(int bytes) => calls.Enqueue((Rank, bytes));
    }

    /// <summary>Ranks whose exchanges fail from one of them on.</summary>
    private sealed class Failing1(ICommunicator ranks, int after) : Wrapped(ranks)
    {
        private int left = after;

        protected override void Before(int bytes) => _ = left-- <= 0 ? throw new IOException("torn off") : 0;
    }

    private abstract class Wrapped(ICommunicator ranks) : ICommunicator
    {
        public int Rank => ranks.Rank;

        public int Size => ranks.Size;

        public long BytesSent => ranks.BytesSent;

        public void Exchange<T>(int to, ReadOnlySpan<T> sent, int from, Span<T> received)
            where T : unmanaged
        {
            Before(sent.Length * System.Runtime.CompilerServices.Unsafe.SizeOf<T>());
            ranks.Exchange(to, sent, from, received);
        }

        public void AllGather<T>(Span<T> vector, IReadOnlyList<int> ends)
            where T : unmanaged => Collectives.AllGather(this, vector, ends);

        public void Broadcast<T>(Span<T> vector, int root = 0)
            where T : unmanaged => Collectives.Broadcast(this, vector, root);

        public void Barrier() => Collectives.Barrier(this);

        public void Dispose()
        {
        }

        protected abstract void Before(int bytes);
    }
}
