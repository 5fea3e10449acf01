using Optim.Cli.Inspect;
using Optim.Cli.Train;

namespace Optim.Cli.Diff;

/// <summary>How two files differ.</summary>
/// <param name="First">The first file.</param>
/// <param name="Second">The second file.</param>
/// <param name="Same">Whether they are equivalent: the same metadata, except the hash and durations, and the same tensors to the bit, in any order.</param>
/// <param name="Metadata">The metadata that differs.</param>
/// <param name="OnlyInFirst">Tensors only in the first.</param>
/// <param name="OnlyInSecond">Tensors only in the second.</param>
/// <param name="Tensors">The tensors that differ.</param>
/// <param name="Equal">The number of bitwise equal tensors.</param>
/// <param name="DurationsDiffer">Whether training durations differ; these are otherwise ignored.</param>
internal sealed record FileDifference(
    string First, string Second, bool Same, IReadOnlyList<TextDifference> Metadata, IReadOnlyList<string> OnlyInFirst, IReadOnlyList<string> OnlyInSecond,
    IReadOnlyList<TensorDifference> Tensors, int Equal, bool DurationsDiffer)
{
    /// <exception cref="CheckpointException">A file is invalid.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static FileDifference Of(string firstPath, string secondPath)
    {
        using SafetensorsFile first = SafetensorsFile.Open(firstPath), second = SafetensorsFile.Open(secondPath);
        List<TensorDifference> tensors = [];
        string[] onlyInFirst = [.. first.Tensors.Select(entry => entry.Name).Where(name => second.Find(name) is null)];
        string[] onlyInSecond = [.. second.Tensors.Select(entry => entry.Name).Where(name => first.Find(name) is null)];
        int equal = 0;
        foreach (var entry in first.Tensors)
        {
            if (second.Find(entry.Name) is { } other)
            {
                var difference = TensorDifference.Of(first, entry, second, other);
                equal += difference is null ? 1 : 0;
                tensors.AddRange(difference is null ? [] : [difference]);
            }
        }

        var texts = first.Metadata.Keys.Union(second.Metadata.Keys).Where(key => key != Checkpoint.HashKey).Order(StringComparer.Ordinal)
            .Select(key => new TextDifference(key, first.Metadata.GetValueOrDefault(key), second.Metadata.GetValueOrDefault(key))).Where(text => text.First != text.Second)
            .ToLookup(text => text.Key == SessionFile.DurationsNote);
        TextDifference[] deciding = [.. texts[false]];
        return new(
            firstPath, secondPath, deciding.Length + onlyInFirst.Length + onlyInSecond.Length + tensors.Count == 0, deciding, onlyInFirst, onlyInSecond, tensors, equal,
            texts[true].Any());
    }
}

/// <summary>A metadata entry that differs; null where it is missing.</summary>
internal sealed record TextDifference(string Key, string? First, string? Second);

/// <summary>How a tensor differs.</summary>
/// <param name="Name">The key.</param>
/// <param name="First">Type and shape in the first file.</param>
/// <param name="Second">Type and shape in the second.</param>
/// <param name="Differing">The number of differing elements, as doubles (both NaN or both zero are equal); null if the shapes differ or the type is not numeric.</param>
/// <param name="Largest">The largest difference; NaN if only one is NaN.</param>
/// <param name="At">The row-major index of the largest.</param>
/// <param name="Relative">The norm of the difference relative to the first's.</param>
internal sealed record TensorDifference(string Name, string First, string Second, long? Differing, double? Largest, long? At, double? Relative)
{
    /// <returns>Null if both are bitwise equal.</returns>
    public static TensorDifference? Of(SafetensorsFile first, SafetensorsEntry entry, SafetensorsFile second, SafetensorsEntry other)
    {
        bool sameForm = entry.Type == other.Type && entry.Dimensions.SequenceEqual(other.Dimensions);
        if (sameForm && SameBytes(first, entry, second, other))
        {
            return null;
        }

        var plain = new TensorDifference(entry.Name, Form(entry), Form(other), null, null, null, null);
        if (!entry.Dimensions.SequenceEqual(other.Dimensions) || TensorFacts.Elements(first, entry) is not { } x || TensorFacts.Elements(second, other) is not { } y)
        {
            return plain;
        }

        long differing = 0;
        double largest = 0;
        int at = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double a = x.Span[i], b = y.Span[i], distance = a.Equals(b) ? 0 : Math.Abs(a - b);
            differing += distance == 0 ? 0 : 1;
            if (distance > largest || (double.IsNaN(distance) && !double.IsNaN(largest)))
            {
                (largest, at) = (distance, i);
            }
        }

        return plain with { Differing = differing, Largest = largest, At = at, Relative = (x - y).Norm() / x.Norm() };
    }

    private static string Form(SafetensorsEntry entry) => $"{entry.Type} {InspectScreen.Shape(entry.Dimensions)}";

    private static bool SameBytes(SafetensorsFile first, SafetensorsEntry entry, SafetensorsFile second, SafetensorsEntry other) =>
        entry.ByteLength <= Array.MaxLength && first.ReadBytes(entry.Name).AsSpan().SequenceEqual(second.ReadBytes(other.Name));
}
