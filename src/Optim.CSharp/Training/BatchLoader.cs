using Optim.Lanes;

namespace Optim.CSharp;

/// <summary>What becomes of the items left over when an epoch's are dealt out in batches.</summary>
public enum LastBatch
{
    /// <summary>They are a smaller batch.</summary>
    Keep,

    /// <summary>They are left out; another epoch's shuffle leaves out others.</summary>
    Drop,

    /// <summary>The epoch's first items fill the batch up.</summary>
    Fill,
}

/// <summary>Deals items out in batches, epoch by epoch, in an order that depends on the seed and the epoch's number alone: a run that is resumed sees the same batches.</summary>
/// <typeparam name="TItem">What the data consists of: an example, or the number of one.</typeparam>
public sealed class BatchLoader<TItem>
{
    private readonly IReadOnlyList<TItem> items;
    private readonly int batchSize;

    /// <summary>A loader over items that stay where they are.</summary>
    /// <param name="items">The items; not copied.</param>
    /// <param name="batchSize">Items a batch, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The batch size is less than 1.</exception>
    public BatchLoader(IReadOnlyList<TItem> items, int batchSize)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        this.items = items;
        this.batchSize = batchSize;
    }

    /// <summary>What the order depends on; null for the items' own order in every epoch. Default 0.</summary>
    public long? ShuffleSeed { get; init; } = 0;

    /// <summary>
    /// An order of one's own: from an epoch's number to which item comes first, second, ..., each from 0; it must depend on the number alone. Null for a shuffle
    /// by <see cref="ShuffleSeed"/>. Default null.
    /// </summary>
    public Func<int, IReadOnlyList<int>>? Order { get; init; }

    /// <summary>What becomes of the items left over. Default: a smaller batch.</summary>
    public LastBatch LastBatch { get; init; }

    /// <summary>The batches of an epoch.</summary>
    public int BatchesPerEpoch => LastBatch == LastBatch.Drop ? items.Count / batchSize : (items.Count + batchSize - 1) / batchSize;

    /// <summary>The batches of an epoch, each a list of its own.</summary>
    /// <param name="epoch">The epoch's number, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    /// <exception cref="InvalidOperationException"><see cref="Order"/> gave another number of items than there are.</exception>
    public IEnumerable<IReadOnlyList<TItem>> Epoch(int epoch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        return Batches(OrderOf(epoch));
    }

    private IEnumerable<IReadOnlyList<TItem>> Batches(IReadOnlyList<int> order)
    {
        for (int batch = 0; batch < BatchesPerEpoch; batch++)
        {
            int first = batch * batchSize, last = LastBatch == LastBatch.Fill ? first + batchSize : Math.Min(first + batchSize, order.Count);
            yield return Array.AsReadOnly(Enumerable.Range(first, last - first).Select(i => items[order[i % order.Count]]).ToArray());
        }
    }

    private IReadOnlyList<int> OrderOf(int epoch)
    {
        if (Order is null)
        {
            return Shuffled(epoch);
        }

        var order = Order(epoch);
        return order.Count == items.Count
            ? order
            : throw new InvalidOperationException(FormattableString.Invariant($"{nameof(Order)} must place each of the {items.Count} items, placed {order.Count} in epoch {epoch}."));
    }

    /// <summary>Fisher and Yates, with our own random numbers: the platform's may change with its version.</summary>
    private int[] Shuffled(int epoch)
    {
        int[] order = [.. Enumerable.Range(0, items.Count)];
        if (ShuffleSeed is { } seed)
        {
            var random = new CounterRandom(seed, epoch, 0);
            for (int i = order.Length - 1; i > 0; i--)
            {
                int other = (int)((random.Symmetric(i) + 1) / 2 * (i + 1));
                (order[i], order[other]) = (order[other], order[i]);
            }
        }

        return order;
    }
}
