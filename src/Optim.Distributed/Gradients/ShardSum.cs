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
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class ShardSum<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly ICommunicator ranks;
    private readonly Stack<T[]> spare = new();
    private readonly List<(int First, int Count, T[] Values)> nodes = [];
    private readonly double[] losses;
    private readonly int[] lossEnds;
    private readonly int[] evenEnds;
    private Shard[] own = [];
    private int added;
    private T[] packed = [];

    /// <summary>A sum, with its buffers, for step after step.</summary>
    /// <param name="communicator">The ranks.</param>
    /// <param name="length">The vector's length.</param>
    /// <param name="shards">The number of shards of a batch: a power of two, as many as the ranks or more. The bits depend on it. Default 16.</param>
    /// <exception cref="ArgumentException">The number of shards is no power of two, or less than that of the ranks.</exception>
    public ShardSum(ICommunicator communicator, int length, int shards = ShardTree.UsualCount)
    {
        ArgumentNullException.ThrowIfNull(communicator);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        (ranks, Length, Shards) = (communicator, length, ShardTree.Checked(shards, communicator.Size));
        losses = new double[shards];
        lossEnds = [.. Enumerable.Range(1, ranks.Size).Select(rank => ShardTree.FirstOf(rank, ranks.Size, shards))];
        evenEnds = Collectives.EvenEnds(length, ranks.Size);
    }

    /// <summary>The vector's length.</summary>
    public int Length { get; }

    /// <summary>The number of shards.</summary>
    public int Shards { get; }

    /// <summary>Begins a batch: its shards for this rank, in the order in which they are to be added.</summary>
    /// <param name="items">The number of the batch's items; 1 or more. What was added and not completed is dropped.</param>
    public IReadOnlyList<Shard> Begin(int items)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(items, 1);
        nodes.ForEach(node => spare.Push(node.Values));
        nodes.Clear();
        Array.Clear(losses);
        added = 0;
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

        if (mean.Length != (shard.Count == 0 ? 0 : Length))
        {
            throw new ArgumentException(FormattableString.Invariant($"{nameof(mean)} of {shard} must have {(shard.Count == 0 ? 0 : Length)} elements, had {mean.Length}."), nameof(mean));
        }

        losses[shard.Index] = shard.Count == 0 ? 0 : shard.Weight * loss;
        var values = Buffer();
        if (shard.Count == 0)
        {
            Array.Clear(values);
        }
        else
        {
            Elements.Scale(mean, T.CreateTruncating(shard.Weight), values);
        }

        Push((shard.Index, 1, values));
        added++;
    }

    /// <summary>In place of <see cref="Complete"/> or <see cref="ReduceScatter"/>, on a rank that cannot compute its shards: the others, which complete the sum, end with an error that names this rank. Throw the reason afterwards.</summary>
    /// <param name="reason">Why; the others' errors say it.</param>
    public void Fail(Exception reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        Agreement.Tell(ranks, reason);
    }

    /// <summary>What this rank does until it completes the sum; where it fails, the others that complete it end with an error that names this rank.</summary>
    internal TResult Own<TResult>(Func<TResult> own) => Agreement.Own(ranks, own);

    /// <summary>Completes the mean on every rank.</summary>
    /// <param name="mean">Where the mean goes, of <see cref="Length"/>.</param>
    /// <returns>The mean of the losses.</returns>
    /// <exception cref="ArgumentException">The vector has another length.</exception>
    /// <exception cref="InvalidOperationException">A shard is missing.</exception>
    /// <exception cref="RankFailedException">Another rank failed.</exception>
    public double Complete(Span<T> mean)
    {
        double loss = ReduceScatter(mean, evenEnds);
        ranks.AllGather(mean, evenEnds);
        return loss;
    }

    /// <summary>Completes each rank's part of the mean on that rank.</summary>
    /// <param name="mean">Where this rank's part goes, in a vector of <see cref="Length"/>; the other parts are as they were, or partly summed.</param>
    /// <param name="ends">Where each rank's part ends, and the next begins.</param>
    /// <returns>The mean of the losses, on every rank.</returns>
    /// <exception cref="ArgumentException">The vector has another length, or the parts do not divide it.</exception>
    /// <exception cref="InvalidOperationException">A shard is missing.</exception>
    /// <exception cref="RankFailedException">Another rank failed.</exception>
    public double ReduceScatter(Span<T> mean, IReadOnlyList<int> ends)
    {
        int length = mean.Length;
        Agreement.All(ranks, () => Required(length, ends));
        own = [];
        added = 0;
        if (int.IsPow2(ranks.Size))
        {
            Halve(nodes[0].Values, ends);
            Collectives.Part<T>(nodes[0].Values, ends, ranks.Rank).CopyTo(Collectives.Part(mean, ends, ranks.Rank));
        }
        else
        {
            SendToOwners(Collectives.Part(mean, ends, ranks.Rank), ends);
        }

        ranks.AllGather<double>(losses, lossEnds);
        return ShardTree.Sum(losses);
    }

    private bool Required(int length, IReadOnlyList<int> ends)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(length, Length, "mean");
        Collectives.RequireEnds(ranks, Length, ends);
        if (own.Length > 0 && added == own.Length)
        {
            return true;
        }

        string missing = own.Length == 0 ? "no batch has begun" : FormattableString.Invariant($"{added} of {own.Length} were, and the next is {own[added]}");
        throw new InvalidOperationException(FormattableString.Invariant($"All shards of rank {ranks.Rank} must be added before the sum is completed; {missing}."));
    }

    private void Push((int First, int Count, T[] Values) node)
    {
        nodes.Add(node);
        while (nodes is [.., var left, var right] && ShardTree.AreSiblings((left.First, left.Count), (right.First, right.Count)))
        {
            Elements.Add(left.Values, right.Values, left.Values);
            nodes.RemoveAt(nodes.Count - 1);
            spare.Push(right.Values);
            nodes[^1] = left with { Count = 2 * left.Count };
        }
    }

    /// <summary>Recursive halving, nearest ranks first, as the tree has it: of the parts that a rank still sums, it hands over those whose number's next bit is the other's.</summary>
    private void Halve(T[] sum, IReadOnlyList<int> ends)
    {
        for (int bit = 1; bit < ranks.Size; bit *= 2)
        {
            int other = ranks.Rank ^ bit, going = 0, coming = 0;
            for (int part = ranks.Rank & (bit - 1); part < ranks.Size; part += bit)
            {
                int length = Collectives.Part<T>(sum, ends, part).Length;
                (going, coming) = (part & bit) == (other & bit) ? (going + length, coming) : (going, coming + length);
            }

            packed = packed.Length < going + coming ? new T[going + coming] : packed;
            Span<T> sent = packed.AsSpan(0, going), received = packed.AsSpan(going, coming);
            int at = 0;
            for (int part = (ranks.Rank & (bit - 1)) | (other & bit); part < ranks.Size; part += 2 * bit)
            {
                var values = Collectives.Part<T>(sum, ends, part);
                values.CopyTo(sent[at..]);
                at += values.Length;
            }

            ranks.Exchange<T>(other, sent, other, received);
            at = 0;
            for (int part = ranks.Rank & ((2 * bit) - 1); part < ranks.Size; part += 2 * bit)
            {
                var own = Collectives.Part<T>(sum, ends, part);
                var theirs = received.Slice(at, own.Length);
                if (ranks.Rank < other)
                {
                    Elements.Add(own, theirs, own);
                }
                else
                {
                    Elements.Add(theirs, own, own);
                }

                at += own.Length;
            }
        }
    }

    /// <summary>Each rank gets what every other has summed of its part, and completes the tree there.</summary>
    private void SendToOwners(Span<T> part, IReadOnlyList<int> ends)
    {
        var complete = new T[ranks.Size][];
        complete[ranks.Rank] = Packed(ranks.Rank);
        for (int distance = 1; distance < ranks.Size; distance++)
        {
            int to = (ranks.Rank + distance) % ranks.Size, from = (ranks.Rank + ranks.Size - distance) % ranks.Size;
            complete[from] = new T[ShardTree.NodesOf(from, ranks.Size, Shards).Count * part.Length];
            ranks.Exchange<T>(to, Packed(to), from, complete[from]);
        }

        List<(int First, int Count, T[] Values)> tree = [];
        for (int rank = 0; rank < ranks.Size; rank++)
        {
            int at = 0;
            foreach (var (first, count) in ShardTree.NodesOf(rank, ranks.Size, Shards))
            {
                tree.Add((first, count, complete[rank].AsSpan(at, part.Length).ToArray()));
                at += part.Length;
                while (tree is [.., var left, var right] && ShardTree.AreSiblings((left.First, left.Count), (right.First, right.Count)))
                {
                    Elements.Add(left.Values, right.Values, left.Values);
                    tree.RemoveAt(tree.Count - 1);
                    tree[^1] = left with { Count = 2 * left.Count };
                }
            }
        }

        tree[0].Values.CopyTo(part);

        T[] Packed(int owner) => [.. nodes.SelectMany(node => Collectives.Part<T>(node.Values, ends, owner).ToArray())];
    }

    private T[] Buffer() => spare.TryPop(out var values) ? values : new T[Length];
}
