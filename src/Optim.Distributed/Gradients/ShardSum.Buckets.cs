namespace Optim.Distributed;

/// <content>
/// The buckets, from the vector's end, where a backward pass begins: what this rank has summed of one is completed with the other ranks, which all take the buckets in this order. All but the last may be exchanged by another thread, one after another, while
/// this rank's last shard is computed; the first element's bucket comes when nothing is left to compute.
/// </content>
public sealed partial class ShardSum<T>
{
    private readonly int buckets;
    private Task exchanging = Task.CompletedTask;
    private int handedOver;
    private int[]? partsBegun;
    private bool isOpen, failed;

    private (int From, int Length) BucketAt(int bucket)
    {
        int each = BucketLength ?? Length, end = (int)(Length - ((long)bucket * each)), from = Math.Max(0, end - each);
        return (from, end - from);
    }

    /// <summary>Begins the exchange of the buckets that are complete. On one rank there is none.</summary>
    private void HandOverBuckets()
    {
        while (ranks.Size > 1 && handedOver < buckets - 1 && BucketAt(handedOver) is var (from, length) && covered.Holds(from, from + length))
        {
            int bucket = handedOver++;

            // A thread of its own: it waits for other ranks, which on the pool's threads may be waiting for it to end. A bucket whose predecessor has failed fails of the same.
            exchanging = exchanging.ContinueWith(
                before =>
                {
                    before.GetAwaiter().GetResult();
                    Agreement.Require(ranks);
                    Exchange(bucket, nodes[0].Values.AsSpan(from, length), partsBegun);
                },
                CancellationToken.None, TaskContinuationOptions.LongRunning, TaskScheduler.Default);
        }
    }

    private void ThrowIfExchangeFailed()
    {
        if (exchanging.IsFaulted)
        {
            exchanging.GetAwaiter().GetResult();
        }
    }

    /// <summary>Sums up what this rank has of a bucket, and completes it with the other ranks: the whole bucket, or where parts are given this rank's part of it.</summary>
    private void Exchange(int bucket, Span<T> target, IReadOnlyList<int>? parts)
    {
        var (from, length) = BucketAt(bucket);
        for (int i = nodes.Count - 1; i >= complete; i--)
        {
            var left = nodes[i - 1].Values.AsSpan(from, length);
            Elements.Add<T>(left, nodes[i].Values.AsSpan(from, length), left);
        }

        int[] ends = EndsWithin(from, length, parts);
        tree.Complete([.. nodes.Take(complete).Select(node => node.Values.AsMemory(from, length))], ends, target);
        if (parts is null)
        {
            ranks.AllGather(target, ends);
        }
    }

    /// <summary>Where each rank's part of a bucket ends: the parts that are wanted, or even ones, of which all ranks send equally much.</summary>
    private int[] EndsWithin(int from, int length, IReadOnlyList<int>? parts) =>
        parts is null ? Collectives.EvenEnds(length, ranks.Size) : [.. parts.Select(end => Math.Clamp(end - from, 0, length))];

    private double Completed(Span<T> mean, IReadOnlyList<int>? parts)
    {
        int length = mean.Length, exchanged = handedOver;
        try
        {
            exchanging.GetAwaiter().GetResult();
            Agreement.All(ranks, () => Required(length, parts));
        }
        catch
        {
            failed = true;
            throw;
        }

        (own, added, handedOver) = ([], 0, 0);
        for (int bucket = 0; bucket < buckets; bucket++)
        {
            var (from, size) = BucketAt(bucket);
            var target = mean.Slice(from, size);
            if (bucket >= exchanged)
            {
                // The last of them is with the losses.
                Exchange(bucket, target, parts);
                if (bucket < buckets - 1)
                {
                    Agreement.Require(ranks);
                }
            }
            else if (parts is null)
            {
                nodes[0].Values.AsSpan(from, size).CopyTo(target);
            }
            else
            {
                int[] ends = EndsWithin(from, size, parts);
                Collectives.Part(nodes[0].Values.AsSpan(from, size), ends, ranks.Rank).CopyTo(Collectives.Part(target, ends, ranks.Rank));
            }
        }

        ranks.AllGather<double>(losses, lossEnds);
        return ShardTree.Sum(losses);
    }

    private bool Required(int length, IReadOnlyList<int>? parts)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(length, Length, "mean");
        if (parts is not null)
        {
            Collectives.RequireEnds(ranks, Length, parts);
        }

        if (own.Length == 0 || added < own.Length)
        {
            string missing = own.Length == 0 ? "no batch has begun" : FormattableString.Invariant($"{added} of {own.Length} were, and the next is {own[added]}");
            throw new InvalidOperationException(FormattableString.Invariant($"All shards of rank {ranks.Rank} must be added before the sum is completed; {missing}."));
        }

        if (buckets > 1 && !(parts ?? []).SequenceEqual(partsBegun ?? []))
        {
            throw new ArgumentException(
                $"A sum by buckets must be completed as it was begun: {(partsBegun is null ? $"by {nameof(Complete)}" : $"by {nameof(ReduceScatter)} with the ends of {nameof(Begin)}")}.", "ends");
        }

        return true;
    }
}
