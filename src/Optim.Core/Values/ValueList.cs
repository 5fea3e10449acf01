using System.Collections;
using System.Globalization;

namespace Optim;

/// <summary>An immutable list with structural equality, for use in records.</summary>
internal sealed class ValueList<T> : IReadOnlyList<T>, IEquatable<ValueList<T>>
    where T : IEquatable<T>
{
    private readonly T[] items;

    /// <summary>A list of the given elements; copied.</summary>
    public ValueList(IEnumerable<T> items) => this.items = [.. items];

    private ValueList(T[] items) => this.items = items;

    public int Count => items.Length;

    public T this[int index] => items[index];

    /// <summary>A list over an array that no one else writes to, without a copy: a file header may hold millions of numbers.</summary>
    public static ValueList<T> Over(T[] items) => new(items);

    /// <summary>The number of elements of an ascending list that are at most x.</summary>
    public int CountUpTo(T x)
    {
        int low = 0, high = items.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = Comparer<T>.Default.Compare(items[middle], x) <= 0 ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    public bool Equals(ValueList<T>? other) => other is not null && items.AsSpan().SequenceEqual(other.items);

    public override bool Equals(object? obj) => Equals(obj as ValueList<T>);

    public override int GetHashCode() => items.Aggregate(items.Length, (hash, item) => HashCode.Combine(hash, item));

    public IEnumerator<T> GetEnumerator() => items.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => string.Join(", ", items.Select(item => string.Create(CultureInfo.InvariantCulture, $"{item}")));
}
