using System.Numerics;

namespace Optim.Checkpoints;

/// <summary>Compares the expected tensors with a file's, before anything is read.</summary>
/// <param name="file">The file.</param>
/// <param name="convert">Whether other element types than expected are accepted.</param>
internal sealed class TensorMatch(SafetensorsFile file, bool convert)
{
    private readonly HashSet<string> expected = new(StringComparer.Ordinal);
    private readonly string[] halves =
        [.. CheckpointContent.SlotFormats(file).Where(slot => CheckpointContent.IsBFloat16(slot.Value)).Select(slot => CheckpointContent.PrefixOf(slot.Key))];

    private readonly List<string> missing = [];
    private readonly List<string> reshaped = [];
    private int fitting;

    public CheckpointReport Report => new(
        missing, file.Tensors.Select(entry => entry.Name).Where(name => !expected.Contains(name)), reshaped, fitting);

    /// <summary>Expects the tensors of a layout.</summary>
    /// <param name="layout">The names and shapes.</param>
    /// <param name="prefix">The prefix of the names in the file.</param>
    /// <param name="suffix">Their suffix.</param>
    public void Expect<T>(Layout layout, string prefix, string suffix = "")
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        foreach (var shape in layout)
        {
            Expect(prefix + shape.Name + suffix, ElementReader.TypeOf<T>(), shape.Dimensions);
        }
    }

    public void Expect(string key, SafetensorsType type, IReadOnlyList<int> dimensions)
    {
        expected.Add(key);
        if (file.Find(key) is not { } entry)
        {
            missing.Add(key);
        }
        else if (!Fits(entry, type, dimensions))
        {
            reshaped.Add($"{key} ({entry.Form}, expected {type} {SafetensorsEntry.Text([.. dimensions.Select(d => (long)d)])})");
        }
        else
        {
            fitting++;
        }
    }

    /// <summary>Allows tensors that are not read.</summary>
    public void Leave(IEnumerable<SafetensorsEntry> entries) => expected.UnionWith(entries.Select(entry => entry.Name));

    /// <exception cref="CheckpointException">Something does not match.</exception>
    public void RequireAll()
    {
        var report = Report;
        if (!report.Fits)
        {
            throw file.Wrong($"the tensors must be exactly those expected; {report}.", report: report);
        }
    }

    /// <summary>The layout of some tensors in the file, renamed.</summary>
    /// <exception cref="CheckpointException">They are too large in total.</exception>
    public Layout LayoutOf(IEnumerable<(SafetensorsEntry Entry, string Name)> tensors)
    {
        try
        {
            return Layout.OfSequence(tensors.Select(tensor => file.ShapeOf(tensor.Entry, tensor.Name)).ToList());
        }
        catch (ArgumentException e)
        {
            throw file.Wrong(e.Message, inner: e);
        }
    }

    /// <summary>The tensors of a layout; mismatched ones come from another set.</summary>
    public TensorSet<T> Read<T>(Layout layout, string prefix, string suffix = "", TensorSet<T>? otherwise = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var set = TensorSet.Uninitialized<T>(layout);
        for (int i = 0; i < layout.Count; i++)
        {
            var target = set.Writable.Slice(layout.OffsetOf(i), layout[i].Length);
            string key = prefix + layout[i].Name + suffix;
            if (file.Find(key) is { } entry && Fits(entry, ElementReader.TypeOf<T>(), layout[i].Dimensions))
            {
                file.ReadInto(entry, target);
            }
            else
            {
                (otherwise ?? throw file.Wrong("the tensor does not fit.", key))[i].Span.CopyTo(target);
            }
        }

        return set;
    }

    /// <summary>The tensors of a layout, each by a key of its own; those without one are empty.</summary>
    public TensorSet<T> Read<T>(Layout layout, Func<int, string?> key)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var set = TensorSet.Uninitialized<T>(layout);
        for (int i = 0; i < layout.Count; i++)
        {
            if (key(i) is { } name)
            {
                file.ReadInto(file.Find(name)!, set.Writable.Slice(layout.OffsetOf(i), layout[i].Length));
            }
        }

        return set;
    }

    /// <summary>A scalar; a fallback if it does not match.</summary>
    public double ReadScalar(string key, double otherwise)
    {
        Span<double> value = [otherwise];
        if (file.Find(key) is { } entry && Fits(entry, SafetensorsType.F64, []))
        {
            file.ReadInto(entry, value);
        }

        return value[0];
    }

    /// <summary>Whether the file has a tensor as it is expected.</summary>
    public bool Fits<T>(string key, IReadOnlyList<int> dimensions)
        where T : unmanaged, IFloatingPointIeee754<T> => file.Find(key) is { } entry && Fits(entry, ElementReader.TypeOf<T>(), dimensions);

    private bool Fits(SafetensorsEntry entry, SafetensorsType type, IReadOnlyList<int> dimensions) =>
        (entry.Type == type || (convert && ElementReader.Reads(entry.Type)) || (entry.Type == SafetensorsType.BF16 && Array.Exists(halves, prefix => entry.Name.StartsWith(prefix, StringComparison.Ordinal))))
        && entry.Dimensions.Count == dimensions.Count && entry.Dimensions.Zip(dimensions).All(pair => pair.First == pair.Second);
}
