namespace Optim.Distributed;

/// <summary>Which shards a rank computes, and the one binary tree by which all are summed: neighbours first, then neighbouring pairs, and so on, whatever rank has which.</summary>
internal static class ShardTree
{
    /// <summary>As many shards as are cut where nothing else is said.</summary>
    public const int UsualCount = 16;

    private const int Most = 1 << 16;

    /// <exception cref="ArgumentException">The number is no power of two, or there are more ranks than shards.</exception>
    public static int Checked(int shards, int ranks) =>
        shards is < 1 or > Most || !int.IsPow2(shards) ? throw new ArgumentException(FormattableString.Invariant($"{nameof(shards)} must be a power of two from 1 to {Most}, was {shards}."), nameof(shards))
        : ranks > shards ? throw new ArgumentException(FormattableString.Invariant($"{nameof(shards)} must be as many as the ranks, {ranks}, or more, were {shards}."), nameof(shards))
        : shards;

    /// <summary>The first shard of a rank; that of the rank after the last is the number of shards.</summary>
    public static int FirstOf(int rank, int ranks, int shards) => (int)((long)shards * rank / ranks);

    /// <summary>A shard of a batch.</summary>
    public static Shard Of(int index, int shards, int items)
    {
        int start = (int)((long)items * index / shards), end = (int)((long)items * (index + 1) / shards);
        return new(index, start, end - start, (double)(end - start) / items);
    }

    /// <summary>The sums of the tree that one rank can complete alone, from left to right: the first shard of each, and their number.</summary>
    public static List<(int First, int Count)> NodesOf(int rank, int ranks, int shards)
    {
        List<(int First, int Count)> nodes = [];
        for (int shard = FirstOf(rank, ranks, shards); shard < FirstOf(rank + 1, ranks, shards); shard++)
        {
            nodes.Add((shard, 1));
            while (nodes is [.., var left, var right] && AreSiblings(left, right))
            {
                nodes.RemoveAt(nodes.Count - 1);
                nodes[^1] = (left.First, 2 * left.Count);
            }
        }

        return nodes;
    }

    public static bool AreSiblings((int First, int Count) left, (int First, int Count) right) =>
        left.Count == right.Count && left.First % (2 * left.Count) == 0 && right.First == left.First + left.Count;

    /// <summary>The sum of one number from each shard, by the tree.</summary>
    public static double Sum(ReadOnlySpan<double> numbers)
    {
        double[] sums = numbers.ToArray();
        for (int width = sums.Length; width > 1; width /= 2)
        {
            for (int i = 0; i < width / 2; i++)
            {
                sums[i] = sums[2 * i] + sums[(2 * i) + 1];
            }
        }

        return sums[0];
    }
}
