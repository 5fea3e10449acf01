using System.Globalization;
using Optim.Names;

namespace Optim;

/// <summary>A tensor's name and shape, before a <see cref="Layout"/> assigns its offset.</summary>
/// <remarks>Immutable. Elements are stored row-major: the last dimension varies fastest. An empty shape is a scalar of one element.</remarks>
public sealed class TensorShape : IEquatable<TensorShape>
{
    private readonly int[] dimensions;

    /// <summary>Creates a named shape.</summary>
    /// <param name="name">The name; not empty.</param>
    /// <param name="dimensions">The size of each dimension, 0 or more; none for a scalar.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">The name is empty, a dimension is negative, or the shape has more elements than an array can hold.</exception>
    public TensorShape(string name, params int[] dimensions)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(dimensions);
        Name = name;
        this.dimensions = [.. dimensions];
        long length = 1;
        foreach (int dimension in dimensions)
        {
            if (dimension < 0)
            {
                throw new ArgumentException(
                    $"Every dimension of tensor '{name}' must be 0 or more, was {Text(dimensions)}.", nameof(dimensions));
            }

            // A zero elsewhere must not hide an overflow from here, nor an overflow hide a later zero.
            length = Math.Min(length * dimension, int.MaxValue + 1L);
        }

        Length = length <= Layout.MaxLength
            ? (int)length
            : throw new ArgumentException(
                $"Tensor '{name}' must hold at most {Layout.MaxLength.ToString(CultureInfo.InvariantCulture)} elements, was {Text(dimensions)}.",
                nameof(dimensions));
    }

    /// <summary>The tensor's name.</summary>
    public string Name { get; }

    /// <summary>The size of each dimension; empty for a scalar.</summary>
    public IReadOnlyList<int> Dimensions => dimensions.AsReadOnly();

    /// <summary>The number of elements: the product of the dimensions.</summary>
    public int Length { get; }

    internal static string Text(IEnumerable<int> dimensions) =>
        "[" + string.Join(", ", dimensions.Select(d => d.ToString(CultureInfo.InvariantCulture))) + "]";

    /// <inheritdoc/>
    public bool Equals(TensorShape? other) =>
        other is not null && Name == other.Name && dimensions.AsSpan().SequenceEqual(other.dimensions);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TensorShape);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(Name, StringComparer.Ordinal);
        foreach (int dimension in dimensions)
        {
            hash.Add(dimension);
        }

        return hash.ToHashCode();
    }

    /// <summary>The name and the dimensions, as <c>weights [64, 32]</c>.</summary>
    public override string ToString() => Printable.Text($"{Name} {Text(dimensions)}");
}
