using Optim.Cli.Inspect;
using Optim.Cli.Train;

namespace Optim.Cli.Diff;

/// <summary>How two files differ.</summary>
/// <param name="First">The one.</param>
/// <param name="Second">The other.</param>
/// <param name="Same">Whether they say the same: the same texts, but the hash and how long a training took, and the same tensors to the bit, in any order.</param>
/// <param name="Metadata">The texts that differ.</param>
/// <param name="OnlyInFirst">Tensors that the other does not have.</param>
/// <param name="OnlyInSecond">Tensors that the one does not have.</param>
/// <param name="Tensors">The tensors that differ.</param>
/// <param name="Equal">How many are the same to the bit.</param>
/// <param name="DurationsDiffer">Whether a training took another time; that makes no difference otherwise.</param>
internal sealed record FileDifference(
    string First, string Second, bool Same, IReadOnlyList<TextDifference> Metadata, IReadOnlyList<string> OnlyInFirst, IReadOnlyList<string> OnlyInSecond,
    IReadOnlyList<TensorDifference> Tensors, int Equal, bool DurationsDiffer)
{
    /// <exception cref="CheckpointException">A file is not sound.</exception>
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

/// <summary>A text under a key of the metadata that differs; null where there is none.</summary>
internal sealed record TextDifference(string Key, string? First, string? Second);

/// <summary>How a tensor differs.</summary>
/// <param name="Name">The key.</param>
/// <param name="First">Type and shape in the one.</param>
/// <param name="Second">In the other.</param>
/// <param name="Differing">How many elements differ, as numbers in double or, where both are NaN or zero, by nothing; null where the shapes differ or the elements are not read as numbers.</param>
/// <param name="Largest">The largest difference; NaN where one is NaN alone.</param>
/// <param name="At">The place of the largest, row-major.</param>
/// <param name="Relative">The norm of the difference by the norm of the one.</param>
internal sealed record TensorDifference(string Name, string First, string Second, long? Differing, double? Largest, long? At, double? Relative)
{
    /// <returns>Null where both are the same to the bit.</returns>
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
