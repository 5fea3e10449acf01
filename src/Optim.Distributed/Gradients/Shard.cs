namespace Optim.Distributed;

/// <summary>Some of a batch's items, in a row. A batch is cut into the same shards on any number of ranks.</summary>
/// <param name="Index">Which shard, from 0.</param>
/// <param name="Start">Its first item in the batch.</param>
/// <param name="Count">The number of its items; 0 where the batch has fewer items than shards.</param>
/// <param name="Weight">Its share of the batch's items: what its mean counts for in the batch's.</param>
public readonly record struct Shard(int Index, int Start, int Count, double Weight)
{
    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => FormattableString.Invariant($"shard {Index}: {Count} items from {Start}");
}
