using System.Globalization;

namespace Optim;

/// <summary>How a file's tensors match the expected ones, by key. Immutable.</summary>
public sealed record CheckpointReport
{
    private const int Shown = 20;

    internal CheckpointReport(IEnumerable<string> missing, IEnumerable<string> unexpected, IEnumerable<string> reshaped, int loaded)
    {
        Missing = new ValueList<string>(missing);
        Unexpected = new ValueList<string>(unexpected);
        Reshaped = new ValueList<string>(reshaped);
        Loaded = loaded;
    }

    /// <summary>Expected keys that the file lacks.</summary>
    public IReadOnlyList<string> Missing { get; }

    /// <summary>Keys in the file that are not expected.</summary>
    public IReadOnlyList<string> Unexpected { get; }

    /// <summary>Tensors of another shape or element type: the key, the actual type, the expected type.</summary>
    public IReadOnlyList<string> Reshaped { get; }

    /// <summary>How many tensors and scalars match.</summary>
    public int Loaded { get; }

    /// <summary>Whether everything matches.</summary>
    public bool Fits => Missing.Count + Unexpected.Count + Reshaped.Count == 0;

    /// <summary>The report as a sentence.</summary>
    public override string ToString() =>
        Fits ? string.Create(CultureInfo.InvariantCulture, $"all {Loaded} fit")
        : $"missing: {List(Missing)}; unexpected: {List(Unexpected)}; reshaped: {List(Reshaped)}";

    private static string List(IReadOnlyList<string> names) => names.Count == 0 ? "none" : string.Join(", ", names.Take(Shown))
        + (names.Count > Shown ? string.Create(CultureInfo.InvariantCulture, $", ... ({names.Count} in all)") : "");
}
