using System.Collections;
using System.Globalization;
using Optim.Names;

namespace Optim;

/// <summary>
/// The layout of named tensors in one flat buffer: names, shapes and offsets, in order and without gaps.
/// </summary>
/// <remarks>Immutable, compared by value, thread-safe. Sets used together in a step have equal layouts.</remarks>
public sealed class Layout : IReadOnlyList<TensorShape>, IEquatable<Layout>
{
    /// <summary>The maximum number of elements, 2,147,418,112: 65,536 less than 2^31, which leaves room in a .NET array to begin at a page, and in an int to round up to whole chunks.</summary>
    public static int MaxLength => int.MaxValue - 65_535;

    private readonly TensorShape[] shapes;
    private readonly int[] offsets;
    private readonly Dictionary<string, int> indices;

    // The last other layout that was found to have the same places: each step asks about the same.
    private Layout? alike;

    private Layout(TensorShape[] shapes)
    {
        this.shapes = shapes;
        offsets = new int[shapes.Length];
        indices = new Dictionary<string, int>(shapes.Length, StringComparer.Ordinal);
        long offset = 0;
        for (int i = 0; i < shapes.Length; i++)
        {
            ArgumentNullException.ThrowIfNull(shapes[i], nameof(shapes));
            offsets[i] = (int)offset;
            offset += shapes[i].Length;
            if (offset > MaxLength)
            {
                throw new ArgumentException(
                    $"A layout must hold at most {MaxLength.ToString(CultureInfo.InvariantCulture)} elements; tensor '{shapes[i].Name}' goes beyond.",
                    nameof(shapes));
            }

            if (!indices.TryAdd(shapes[i].Name, i))
            {
                throw new ArgumentException($"Tensor names must be unique, '{shapes[i].Name}' occurs twice.", nameof(shapes));
            }
        }

        Length = (int)offset;
    }

    /// <summary>Lays the tensors out one after the other.</summary>
    /// <param name="shapes">The tensors, in order; none for an empty layout.</param>
    /// <exception cref="ArgumentException">Two tensors have the same name, or the total exceeds <see cref="MaxLength"/> elements.</exception>
    public static Layout Of(params TensorShape[] shapes)
    {
        ArgumentNullException.ThrowIfNull(shapes);
        return new([.. shapes]);
    }

    /// <summary>Lays the tensors out one after the other.</summary>
    /// <param name="shapes">The tensors, in order.</param>
    /// <exception cref="ArgumentException">Two tensors have the same name, or the total exceeds <see cref="MaxLength"/> elements.</exception>
    public static Layout OfSequence(IEnumerable<TensorShape> shapes)
    {
        ArgumentNullException.ThrowIfNull(shapes);
        return new([.. shapes]);
    }

    /// <summary>One unnamed vector: a single tensor named <c>0</c> of shape <c>[length]</c>.</summary>
    /// <param name="length">The number of elements.</param>
    public static Layout OfVector(int length) => new([new TensorShape("0", length)]);

    /// <summary>The number of tensors.</summary>
    public int Count => shapes.Length;

    /// <summary>The total number of elements.</summary>
    public int Length { get; }

    /// <summary>The tensor at a position.</summary>
    /// <param name="index">The position, from 0.</param>
    public TensorShape this[int index] => shapes[index];

    /// <summary>The position of a tensor.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <returns>The position, from 0; -1 if there is none of that name.</returns>
    public int IndexOf(string name) => indices.TryGetValue(name, out int index) ? index : -1;

    /// <summary>The offset of a tensor's first element in the flat buffer.</summary>
    /// <param name="index">The tensor's position, from 0.</param>
    public int OffsetOf(int index) => offsets[index];

    /// <summary>Whether each tensor lies where the other layout's tensor at the same position does, and is as long: what one may be indexed by, the other may.</summary>
    internal bool HasPlacesOf(Layout other)
    {
        if (ReferenceEquals(this, other) || ReferenceEquals(alike, other))
        {
            return true;
        }

        if (Length != other.Length || !offsets.AsSpan().SequenceEqual(other.offsets))
        {
            return false;
        }

        alike = other;
        return true;
    }

    /// <summary>The last tensor that begins at or before a position in the flat buffer.</summary>
    internal int TensorAt(int position)
    {
        int i = Array.BinarySearch(offsets, position);
        if (i < 0)
        {
            return ~i - 1;
        }

        while (i + 1 < offsets.Length && offsets[i + 1] == position)
        {
            i++;
        }

        return i;
    }

    /// <inheritdoc/>
    public IEnumerator<TensorShape> GetEnumerator() => ((IEnumerable<TensorShape>)shapes).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public bool Equals(Layout? other) =>
        ReferenceEquals(this, other)
        || (other is not null && Length == other.Length && shapes.AsSpan().SequenceEqual(other.shapes));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Layout);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Length, shapes.Length, shapes.Length > 0 ? shapes[0] : null);

    /// <summary>The tensors in order, only the first few if there are many.</summary>
    public override string ToString()
    {
        const int Shown = 8;
        string list = string.Join(", ", shapes.Take(Shown));
        return shapes.Length > Shown
            ? $"{list}, ... ({shapes.Length.ToString(CultureInfo.InvariantCulture)} tensors)"
            : list;
    }

    /// <summary>Describes the first difference of two layouts, for an error message.</summary>
    internal static string Difference(Layout expected, string expectedOwner, Layout actual, string actualOwner)
    {
        for (int i = 0; i < Math.Min(expected.Count, actual.Count); i++)
        {
            var (e, a) = (expected[i], actual[i]);
            if (e.Name != a.Name)
            {
                return $"tensor {i.ToString(CultureInfo.InvariantCulture)} is named {QuotedName.Of(a.Name)} in {actualOwner} and {QuotedName.Of(e.Name)} in {expectedOwner}";
            }

            if (!e.Equals(a))
            {
                return $"tensor {QuotedName.Of(e.Name)} has shape {TensorShape.Text(a.Dimensions)} in {actualOwner} and {TensorShape.Text(e.Dimensions)} in {expectedOwner}";
            }
        }

        return expected.Count > actual.Count
            ? $"tensor {QuotedName.Of(expected[actual.Count].Name)} of {expectedOwner} is missing in {actualOwner}"
            : $"tensor {QuotedName.Of(actual[expected.Count].Name)} of {actualOwner} is not in {expectedOwner}";
    }
}
