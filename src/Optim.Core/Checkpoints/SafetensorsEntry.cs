using System.Globalization;
using Optim.Checkpoints;

namespace Optim;

/// <summary>A tensor in a safetensors file: its name, type, shape and offset. Immutable.</summary>
public sealed record SafetensorsEntry
{
    internal SafetensorsEntry(string name, SafetensorsType type, long[] dimensions, long begin, long end)
    {
        Name = name;
        Type = type;
        Dimensions = ValueList<long>.Over(dimensions);
        Begin = begin;
        End = end;
    }

    /// <summary>The key in the file; any string, even empty.</summary>
    public string Name { get; }

    /// <summary>The element type in the file.</summary>
    public SafetensorsType Type { get; }

    /// <summary>The size of each dimension; empty for a scalar of one element.</summary>
    public IReadOnlyList<long> Dimensions { get; }

    /// <summary>The number of bytes.</summary>
    public long ByteLength => End - Begin;

    /// <summary>The number of elements.</summary>
    public long ElementCount => ByteLength * 8 / BitsOf(Type);

    /// <summary>Whether the elements can be read as numbers: true for every type except F4, F6, F8_E8M0 and C64.</summary>
    public bool IsNumeric => ElementReader.Reads(Type);

    /// <summary>The range of the bytes, relative to the end of the header.</summary>
    internal long Begin { get; }

    internal long End { get; }

    /// <summary>The type and the shape, as <c>F32 [64, 32]</c>.</summary>
    internal string Form => $"{Type} {Text(Dimensions)}";

    /// <summary>The name, the type and the shape.</summary>
    public override string ToString() => $"{Name} {Form}";

    internal static string Text(IReadOnlyList<long> dimensions)
    {
        const int Shown = 16;
        string list = string.Join(", ", dimensions.Take(Shown).Select(d => d.ToString(CultureInfo.InvariantCulture)));
        return dimensions.Count > Shown ? string.Create(CultureInfo.InvariantCulture, $"[{list}, ... ({dimensions.Count} in all)]") : $"[{list}]";
    }

    internal static int BitsOf(SafetensorsType type) => type switch
    {
        SafetensorsType.F4 => 4,
        SafetensorsType.F6_E2M3 or SafetensorsType.F6_E3M2 => 6,
        <= SafetensorsType.F8_E8M0 => 8,
        <= SafetensorsType.BF16 => 16,
        <= SafetensorsType.F32 => 32,
        _ => 64,
    };
}
