using Optim.Lanes;

namespace Optim.CSharp;

/// <summary>How to treat an incomplete last batch.</summary>
public enum LastBatch
{
    /// <summary>Keep it as a smaller batch.</summary>
    Keep,

    /// <summary>Drop it; each epoch's shuffle drops other items.</summary>
    Drop,

    /// <summary>Fill it up with the epoch's first items.</summary>
    Fill,
}

/// <summary>Shuffles and batches items, epoch by epoch, in an order that depends only on the seed and the epoch number: a resumed run sees the same batches.</summary>
/// <typeparam name="TItem">The type of the data: an example, or its index.</typeparam>
public sealed class BatchLoader<TItem>
{
    private readonly IReadOnlyList<TItem> items;
    private readonly int batchSize;

    /// <summary>A loader over items.</summary>
    /// <param name="items">The items; not copied.</param>
    /// <param name="batchSize">The batch size, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The batch size is less than 1.</exception>
    public BatchLoader(IReadOnlyList<TItem> items, int batchSize)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        this.items = items;
        this.batchSize = batchSize;
    }

    /// <summary>The seed of the shuffle; null for no shuffling. Default 0.</summary>
    public long? ShuffleSeed { get; init; } = 0;

    /// <summary>
    /// A custom order: from the epoch number to the item indices in order, from 0; it must depend only on the number. Null for a shuffle
    /// by <see cref="ShuffleSeed"/>. Default null.
    /// </summary>
    public Func<int, IReadOnlyList<int>>? Order { get; init; }

    /// <summary>How to treat an incomplete last batch. Default: keep it.</summary>
    public LastBatch LastBatch { get; init; }

    /// <summary>The batches of an epoch.</summary>
    public int BatchesPerEpoch => LastBatch == LastBatch.Drop ? items.Count / batchSize : (items.Count + batchSize - 1) / batchSize;

    /// <summary>The batches of an epoch, each a new list.</summary>
    /// <param name="epoch">The epoch number, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    /// <exception cref="InvalidOperationException"><see cref="Order"/> returned the wrong number of items.</exception>
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

    /// <summary>Fisher-Yates, with our own random numbers: the platform's may change between versions.</summary>
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
