using System.Numerics;

namespace Optim.Distributed;

/// <summary>The weighted mean of one vector from each shard of a batch: a gradient, statistics. Its bits do not depend on the number of ranks.</summary>
/// <remarks>
/// <code>
/// foreach (var shard in sum.Begin(batch.Count))
/// {
///     sum.Add(shard, GradientOf(batch, shard.Start, shard.Count));
/// }
///
/// sum.Complete(mean);
/// </code>
/// The shards are summed by one binary tree over them all. A rank sums its own by the tree's lower levels; the levels above go from rank to rank: by recursive halving where the number of ranks is a power of two, each rank
/// sending (n - 1) / n of the vector, otherwise each rank its sums to the rank whose part they are. Memory: one vector for each level of the tree below a rank, at most. Not thread-safe. A rank that cannot compute its
/// shards calls <see cref="Fail"/> instead of completing the sum, so that the others do not wait for it.
/// <para>A vector may come in parts, as a backward pass has them: <see cref="AddPart"/> for each, then <see cref="EndShard"/>. With a bucket length, the parts of the last shard are exchanged while the rest is still computed: bucket by
/// bucket from the vector's end, the same order on every rank, on another thread. The communicator makes no other exchange from the last shard's first part until the sum is completed or has failed. The bits do not depend on it.</para>
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed partial class ShardSum<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly ICommunicator ranks;
    private readonly RankTree<T> tree;
    private readonly Coverage covered = new();
    private readonly Stack<T[]> spare = new();
    private readonly List<(int First, int Count, T[] Values)> nodes = [];
    private readonly double[] losses;
    private readonly int[] lossEnds;
    private readonly int complete;
    private Shard[] own = [];
    private int added;

    /// <summary>A sum, with its buffers, for step after step.</summary>
    /// <param name="communicator">The ranks.</param>
    /// <param name="length">The vector's length.</param>
    /// <param name="shards">The number of shards of a batch: a power of two, as many as the ranks or more. The bits depend on it. Default 16.</param>
    /// <param name="bucketLength">The elements of a bucket, 1 or more, the same on every rank: how much of the last shard's vector is exchanged at a time while the rest is computed. Null to exchange the vector as a whole when it is complete. Default null.</param>
    /// <exception cref="ArgumentException">The number of shards is no power of two, or less than that of the ranks; or a length is too small.</exception>
    public ShardSum(ICommunicator communicator, int length, int shards = ShardTree.UsualCount, int? bucketLength = null)
    {
        ArgumentNullException.ThrowIfNull(communicator);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfLessThan(bucketLength ?? 1, 1, nameof(bucketLength));
        (ranks, Length, Shards, BucketLength) = (communicator, length, ShardTree.Checked(shards, communicator.Size), bucketLength);
        losses = new double[shards];
        lossEnds = [.. Enumerable.Range(1, ranks.Size).Select(rank => ShardTree.FirstOf(rank, ranks.Size, shards))];
        tree = new(ranks, shards);
        complete = ShardTree.NodesOf(ranks.Rank, ranks.Size, shards).Count;
        buckets = bucketLength is { } each && length > 0 ? (int)(((long)length + each - 1) / each) : 1;
    }

    /// <summary>The vector's length.</summary>
    public int Length { get; }

    /// <summary>The number of shards.</summary>
    public int Shards { get; }

    /// <summary>The elements of a bucket; null where the vector is exchanged as a whole.</summary>
    public int? BucketLength { get; }

    /// <summary>Begins a batch: its shards for this rank, in the order in which they are to be added.</summary>
    /// <param name="items">The number of the batch's items; 1 or more. What was added and not completed is dropped.</param>
    /// <param name="ends">With buckets, which are exchanged before the sum is completed: the parts of the <see cref="ReduceScatter"/> that will complete it; null for <see cref="Complete"/>. Default null.</param>
    /// <exception cref="ArgumentException">There is no item, or the parts do not divide the vector.</exception>
    /// <exception cref="InvalidOperationException">Buckets of the batch before were exchanged, and it was neither completed nor has it failed: the other ranks wait for the rest.</exception>
    public IReadOnlyList<Shard> Begin(int items, IReadOnlyList<int>? ends = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(items, 1);
        if (ends is not null)
        {
            Collectives.RequireEnds(ranks, Length, ends);
        }

        if (handedOver > 0 && !failed)
        {
            throw new InvalidOperationException(FormattableString.Invariant(
                $"{handedOver} of the {buckets} buckets of the batch before were exchanged, and the other ranks wait for the rest: {nameof(Complete)} or {nameof(ReduceScatter)} or {nameof(Fail)} must come before {nameof(Begin)}."));
        }

        nodes.ForEach(node => spare.Push(node.Values));
        nodes.Clear();
        covered.Clear();
        Array.Clear(losses);
        (added, handedOver, failed, isOpen) = (0, 0, false, false);
        (exchanging, partsBegun) = (Task.CompletedTask, ends?.ToArray());
        int first = ShardTree.FirstOf(ranks.Rank, ranks.Size, Shards), end = ShardTree.FirstOf(ranks.Rank + 1, ranks.Size, Shards);
        own = [.. Enumerable.Range(first, end - first).Select(shard => ShardTree.Of(shard, Shards, items))];
        return Array.AsReadOnly(own);
    }

    /// <summary>Adds a shard's vector.</summary>
    /// <param name="shard">The shard, the next of those of <see cref="Begin"/>.</param>
    /// <param name="mean">The mean over the shard's items, of <see cref="Length"/>; for a shard without items, none.</param>
    /// <param name="loss">The shard's mean loss; 0 if there is none.</param>
    /// <exception cref="ArgumentException">The vector has another length, or the shard is not the next.</exception>
    /// <exception cref="InvalidOperationException">All of this rank's shards were added, or no batch has begun.</exception>
    public void Add(Shard shard, ReadOnlySpan<T> mean, double loss = 0)
    {
        RequireNext(shard);
        if (isOpen)
        {
            throw new InvalidOperationException($"Parts of {shard} were added: it ends by {nameof(EndShard)}.");
        }

        if (mean.Length != (shard.Count == 0 ? 0 : Length))
        {
            throw new ArgumentException(FormattableString.Invariant($"{nameof(mean)} of {shard} must have {(shard.Count == 0 ? 0 : Length)} elements, had {mean.Length}."), nameof(mean));
        }

        var values = Opened(shard);
        if (shard.Count == 0)
        {
            Array.Clear(values);
        }
        else
        {
            Elements.Scale(mean, T.CreateTruncating(shard.Weight), values);
        }

        Close(shard, loss);
    }

    /// <summary>Adds a part of a shard's vector, such as the gradient of one tensor, as soon as it is final; the parts come in any order, and are exchanged fastest where the vector's end comes first. <see cref="EndShard"/> follows the last of them.</summary>
    /// <param name="shard">The shard, the next of those of <see cref="Begin"/>; of 1 item or more.</param>
    /// <param name="offset">Where the part begins in the vector.</param>
    /// <param name="mean">The mean over the shard's items; copied.</param>
    /// <exception cref="ArgumentException">The part is not within the vector or overlaps an earlier one, the shard has no items, or is not the next.</exception>
    /// <exception cref="InvalidOperationException">All of this rank's shards were added, or no batch has begun.</exception>
    /// <exception cref="RankFailedException">Another rank has failed, as a bucket's exchange has shown.</exception>
    public void AddPart(Shard shard, int offset, ReadOnlySpan<T> mean)
    {
        RequireNext(shard);
        if (shard.Count == 0)
        {
            throw new ArgumentException($"{nameof(shard)} must have items, for it to have parts; was {shard}: {nameof(Add)} it without any.", nameof(shard));
        }

        if (offset < 0 || mean.Length > Length - offset)
        {
            throw new ArgumentException(FormattableString.Invariant($"{nameof(offset)} and the {mean.Length} elements from there must lie within the vector of {Length}, was {offset}."), nameof(offset));
        }

        ThrowIfExchangeFailed();
        var values = isOpen ? nodes[^1].Values : Opened(shard);
        if (!covered.TryAdd(offset, offset + mean.Length))
        {
            throw new ArgumentException(FormattableString.Invariant($"{nameof(offset)} must begin a part of which nothing was added before, was {offset} with {mean.Length} elements of {shard}."), nameof(offset));
        }

        Elements.Scale(mean, T.CreateTruncating(shard.Weight), values.AsSpan(offset, mean.Length));
        if (added == own.Length - 1)
        {
            HandOverBuckets();
        }
    }

    /// <summary>Ends a shard that was added in parts.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="loss">Its mean loss; 0 if there is none.</param>
    /// <exception cref="ArgumentException">The shard is not the next of those of <see cref="Begin"/>.</exception>
    /// <exception cref="InvalidOperationException">A part is missing; or all of this rank's shards were added, or no batch has begun.</exception>
    public void EndShard(Shard shard, double loss = 0)
    {
        RequireNext(shard);
        if (covered.FirstMissing != Length)
        {
            throw new InvalidOperationException(FormattableString.Invariant($"All {Length} elements of {shard} must be added before it ends; the first that is missing is {covered.FirstMissing}."));
        }

        if (!isOpen)
        {
            Opened(shard);
        }

        Close(shard, loss);
    }

    /// <summary>In place of <see cref="Complete"/> or <see cref="ReduceScatter"/>, on a rank that cannot compute its shards: the others, which complete the sum, end with an error that names this rank. Throw the reason afterwards.</summary>
    /// <param name="reason">Why; the others' errors say it.</param>
    public void Fail(Exception reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        failed = true;
        Task.WaitAny(exchanging);
        if (exchanging.Exception?.InnerException is RankFailedException)
        {
            // All have ended with that rank already, and nobody is there to be told.
            Agreement.NeedNotTell(ranks, reason);
        }
        else
        {
            Agreement.Tell(ranks, reason);
        }
    }

    /// <summary>What this rank does until it completes the sum; where it fails, the others that complete it end with an error that names this rank.</summary>
    internal void Own(Action own)
    {
        try
        {
            own();
        }
        catch (Exception e)
        {
            Fail(e);
            throw;
        }
    }

    /// <summary>Completes the mean on every rank.</summary>
    /// <param name="mean">Where the mean goes, of <see cref="Length"/>.</param>
    /// <returns>The mean of the losses.</returns>
    /// <exception cref="ArgumentException">The vector has another length.</exception>
    /// <exception cref="InvalidOperationException">A shard is missing.</exception>
    /// <exception cref="RankFailedException">Another rank failed.</exception>
    public double Complete(Span<T> mean) => Completed(mean, null);

    /// <summary>Completes each rank's part of the mean on that rank.</summary>
    /// <param name="mean">Where this rank's part goes, in a vector of <see cref="Length"/>; the other parts are as they were, or partly summed.</param>
    /// <param name="ends">Where each rank's part ends, and the next begins.</param>
    /// <returns>The mean of the losses, on every rank.</returns>
    /// <exception cref="ArgumentException">The vector has another length, or the parts do not divide it.</exception>
    /// <exception cref="InvalidOperationException">A shard is missing.</exception>
    /// <exception cref="RankFailedException">Another rank failed.</exception>
    public double ReduceScatter(Span<T> mean, IReadOnlyList<int> ends)
    {
        ArgumentNullException.ThrowIfNull(ends);
        return Completed(mean, ends);
    }

    private void RequireNext(Shard shard)
    {
        if (added == own.Length)
        {
            string before = own.Length == 0 ? "A batch must begin before a shard is added" : FormattableString.Invariant($"All {own.Length} shards of rank {ranks.Rank} were added");
            throw new InvalidOperationException($"{before}; {shard} came then: call {nameof(Begin)} for each batch.");
        }

        if (shard != own[added])
        {
            throw new ArgumentException(
                $"{nameof(shard)} must be the next of those of {nameof(Begin)}, {own[added]}; was {shard}{(own.Take(added).Contains(shard) ? ", which was added before" : "")}.", nameof(shard));
        }
    }

    private T[] Opened(Shard shard)
    {
        var values = spare.TryPop(out var used) ? used : new T[Length];
        nodes.Add((shard.Index, 1, values));
        isOpen = true;
        return values;
    }

    private void Close(Shard shard, double loss)
    {
        losses[shard.Index] = shard.Count == 0 ? 0 : shard.Weight * loss;
        covered.Clear();
        isOpen = false;
        added++;

        // Those of the last shard are summed bucket by bucket.
        while (added < own.Length && nodes is [.., var left, var right] && ShardTree.AreSiblings((left.First, left.Count), (right.First, right.Count)))
        {
            Elements.Add<T>(left.Values, right.Values, left.Values);
            nodes.RemoveAt(nodes.Count - 1);
            spare.Push(right.Values);
            nodes[^1] = left with { Count = 2 * left.Count };
        }
    }
}
