using System.Numerics;

namespace Optim.Distributed;

/// <summary>The levels of the tree above a rank: they go from rank to rank, each of which completes its part.</summary>
internal sealed class RankTree<T>(ICommunicator ranks, int shards)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private T[] packed = [];

    /// <summary>Completes this rank's part of a vector, or of a bucket of one.</summary>
    /// <param name="sums">What this rank has summed alone, from left to right (<see cref="ShardTree.NodesOf"/>); changed.</param>
    /// <param name="ends">Where each rank's part ends, and the next begins.</param>
    /// <param name="target">As long as a sum: where this rank's part goes. It may be the first sum.</param>
    public void Complete(IReadOnlyList<Memory<T>> sums, IReadOnlyList<int> ends, Span<T> target)
    {
        if (int.IsPow2(ranks.Size))
        {
            Halve(sums[0].Span, ends);
            Collectives.Part(sums[0].Span, ends, ranks.Rank).CopyTo(Collectives.Part(target, ends, ranks.Rank));
        }
        else
        {
            SendToOwners(sums, Collectives.Part(target, ends, ranks.Rank), ends);
        }
    }

    /// <summary>Recursive halving, nearest ranks first, as the tree has it: of the parts that a rank still sums, it hands over those whose number's next bit is the other's.</summary>
    private void Halve(Span<T> sum, IReadOnlyList<int> ends)
    {
        for (int bit = 1; bit < ranks.Size; bit *= 2)
        {
            int other = ranks.Rank ^ bit, going = 0, coming = 0;
            for (int part = ranks.Rank & (bit - 1); part < ranks.Size; part += bit)
            {
                int length = Collectives.Part(sum, ends, part).Length;
                (going, coming) = (part & bit) == (other & bit) ? (going + length, coming) : (going, coming + length);
            }

            packed = packed.Length < going + coming ? new T[going + coming] : packed;
            Span<T> sent = packed.AsSpan(0, going), received = packed.AsSpan(going, coming);
            int at = 0;
            for (int part = (ranks.Rank & (bit - 1)) | (other & bit); part < ranks.Size; part += 2 * bit)
            {
                var values = Collectives.Part(sum, ends, part);
                values.CopyTo(sent[at..]);
                at += values.Length;
            }

            ranks.Exchange<T>(other, sent, other, received);
            at = 0;
            for (int part = ranks.Rank & ((2 * bit) - 1); part < ranks.Size; part += 2 * bit)
            {
                var own = Collectives.Part(sum, ends, part);
                var theirs = received.Slice(at, own.Length);
                if (ranks.Rank < other)
                {
                    Elements.Add<T>(own, theirs, own);
                }
                else
                {
                    Elements.Add<T>(theirs, own, own);
                }

                at += own.Length;
            }
        }
    }

    /// <summary>Each rank gets what every other has summed of its part, and completes the tree there.</summary>
    private void SendToOwners(IReadOnlyList<Memory<T>> sums, Span<T> part, IReadOnlyList<int> ends)
    {
        var complete = new T[ranks.Size][];
        complete[ranks.Rank] = Packed(ranks.Rank);
        for (int distance = 1; distance < ranks.Size; distance++)
        {
            int to = (ranks.Rank + distance) % ranks.Size, from = (ranks.Rank + ranks.Size - distance) % ranks.Size;
            complete[from] = new T[ShardTree.NodesOf(from, ranks.Size, shards).Count * part.Length];
            ranks.Exchange<T>(to, Packed(to), from, complete[from]);
        }

        List<(int First, int Count, T[] Values)> tree = [];
        for (int rank = 0; rank < ranks.Size; rank++)
        {
            int at = 0;
            foreach (var (first, count) in ShardTree.NodesOf(rank, ranks.Size, shards))
            {
                tree.Add((first, count, complete[rank].AsSpan(at, part.Length).ToArray()));
                at += part.Length;
                while (tree is [.., var left, var right] && ShardTree.AreSiblings((left.First, left.Count), (right.First, right.Count)))
                {
                    Elements.Add<T>(left.Values, right.Values, left.Values);
                    tree.RemoveAt(tree.Count - 1);
                    tree[^1] = left with { Count = 2 * left.Count };
                }
            }
        }

        tree[0].Values.CopyTo(part);

        T[] Packed(int owner) => [.. sums.SelectMany(sum => Collectives.Part(sum.Span, ends, owner).ToArray())];
    }
}
