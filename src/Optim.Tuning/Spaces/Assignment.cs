using System.Collections;

namespace Optim.Tuning;

/// <summary>The values of a space's active parameters in one trial.</summary>
/// <remarks>Immutable, compared by value, in the order of the space.</remarks>
public sealed class Assignment : IEnumerable<KeyValuePair<string, ParameterValue>>, IEquatable<Assignment>
{
    private readonly KeyValuePair<string, ParameterValue>[] values;

    internal Assignment(IEnumerable<KeyValuePair<string, ParameterValue>> values) => this.values = [.. values];

    /// <summary>The number of active parameters.</summary>
    public int Count => values.Length;

    /// <summary>The value of a parameter.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="KeyNotFoundException">There is no such parameter, or it is inactive; the message lists the active ones.</exception>
    public ParameterValue this[string name] => Find(name)
        ?? throw new KeyNotFoundException($"The assignment has no '{name}'; it has: {string.Join(", ", values.Select(pair => pair.Key))}.");

    /// <summary>A number.</summary>
    /// <param name="name">The parameter.</param>
    /// <exception cref="KeyNotFoundException">There is no such parameter, or it is inactive here.</exception>
    /// <exception cref="ArgumentException">The parameter is a choice.</exception>
    public double Number(string name) => this[name] is { Choice: null } value
        ? value.Number
        : throw new ArgumentException($"{name} must be a number, is the choice '{this[name].Choice}'.", nameof(name));

    /// <summary>An integer.</summary>
    /// <param name="name">The parameter.</param>
    /// <exception cref="KeyNotFoundException">There is no such parameter, or it is inactive here.</exception>
    /// <exception cref="ArgumentException">The parameter is a choice, or the number is not whole.</exception>
    public long Integer(string name) => Number(name) is var number && Math.Floor(number) == number
        ? (long)number
        : throw new ArgumentException(FormattableString.Invariant($"{name} must be a whole number, is {Number(name)}."), nameof(name));

    /// <summary>A choice.</summary>
    /// <param name="name">The parameter.</param>
    /// <exception cref="KeyNotFoundException">There is no such parameter, or it is inactive here.</exception>
    /// <exception cref="ArgumentException">The parameter is a number.</exception>
    public string Choice(string name) => this[name].Choice
        ?? throw new ArgumentException(FormattableString.Invariant($"{name} must be a choice, is the number {this[name].Number}."), nameof(name));

    /// <summary>Whether a parameter is active, and so has a value.</summary>
    /// <param name="name">The parameter.</param>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>The value of a parameter; null if there is none, or it is inactive.</summary>
    /// <param name="name">The parameter.</param>
    public ParameterValue? Find(string name) => values.Where(pair => pair.Key == name).Select(pair => (ParameterValue?)pair.Value).FirstOrDefault();

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, ParameterValue>> GetEnumerator() => values.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public bool Equals(Assignment? other) => other is not null && values.AsSpan().SequenceEqual(other.values);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Assignment);

    /// <inheritdoc/>
    public override int GetHashCode() => values.Aggregate(values.Length, (hash, pair) => HashCode.Combine(hash, pair.Key, pair.Value));

    /// <summary>Names and values.</summary>
    public override string ToString() => string.Join(", ", values.Select(pair => $"{pair.Key} {pair.Value}"));
}
