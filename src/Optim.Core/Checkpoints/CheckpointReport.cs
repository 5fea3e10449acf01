using System.Globalization;

namespace Optim;

/// <summary>How the tensors of a file fit what was expected of it, by their keys in the file. Immutable.</summary>
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

    /// <summary>Keys that were expected and that the file does not have.</summary>
    public IReadOnlyList<string> Missing { get; }

    /// <summary>Keys that the file has and nothing expects.</summary>
    public IReadOnlyList<string> Unexpected { get; }

    /// <summary>What the file has in another shape or element type: the key, what the file has, what was expected.</summary>
    public IReadOnlyList<string> Reshaped { get; }

    /// <summary>How many tensors and numbers fit.</summary>
    public int Loaded { get; }

    /// <summary>Whether everything fits.</summary>
    public bool Fits => Missing.Count + Unexpected.Count + Reshaped.Count == 0;

    /// <summary>All of it in a sentence.</summary>
    public override string ToString() =>
        Fits ? string.Create(CultureInfo.InvariantCulture, $"all {Loaded} fit")
        : $"missing: {List(Missing)}; unexpected: {List(Unexpected)}; reshaped: {List(Reshaped)}";

    private static string List(IReadOnlyList<string> names) => names.Count == 0 ? "none" : string.Join(", ", names.Take(Shown))
        + (names.Count > Shown ? string.Create(CultureInfo.InvariantCulture, $", ... ({names.Count} in all)") : "");
}
