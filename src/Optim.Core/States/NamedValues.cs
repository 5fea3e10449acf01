using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Optim;

/// <summary>A dictionary over an array, in declaration order.</summary>
internal sealed class NamedValues<V>(IReadOnlyList<string> names, Func<int, V> values) : IReadOnlyDictionary<string, V>
{
    public IEnumerable<string> Keys => names;

    public IEnumerable<V> Values => names.Select((_, i) => values(i));

    public int Count => names.Count;

    public V this[string key] => TryGetValue(key, out var value)
        ? value
        : throw new KeyNotFoundException($"The state keeps no '{key}'; it keeps: {string.Join(", ", names)}.");

    public bool ContainsKey(string key) => names.Contains(key);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out V value)
    {
        int index = names.Select((name, i) => name == key ? i : -1).FirstOrDefault(i => i >= 0, -1);
        value = index >= 0 ? values(index) : default;
        return index >= 0;
    }

    public IEnumerator<KeyValuePair<string, V>> GetEnumerator() =>
        names.Select((name, i) => KeyValuePair.Create(name, values(i))).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
