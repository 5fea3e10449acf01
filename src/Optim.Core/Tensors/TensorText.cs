using System.Globalization;
using System.Numerics;

namespace Optim.Tensors;

/// <summary>Formats tensors as text: invariant culture, shortest round-trip form, a few elements of many.</summary>
internal static class TensorText
{
    private const int Shown = 6;

    public static string Elements<T>(ReadOnlySpan<T> values)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var parts = new List<string>(Shown + 1);
        foreach (var value in values[..Math.Min(values.Length, Shown)])
        {
            parts.Add(value.ToString(null, CultureInfo.InvariantCulture));
        }

        if (values.Length > Shown)
        {
            parts.Add("...");
        }

        return "[" + string.Join(", ", parts) + "]";
    }

    public static string Set<T>(TensorSet<T> set)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        string head = string.Create(
            CultureInfo.InvariantCulture, $"TensorSet<{typeof(T).Name}>, {set.Count} {(set.Count == 1 ? "tensor" : "tensors")}, {set.Length} {(set.Length == 1 ? "element" : "elements")}");
        string body = string.Join("; ", Enumerable.Range(0, Math.Min(set.Count, Shown)).Select(i => set[i].ToString()));
        return set.Count == 0 ? head : $"{head}: {body}{(set.Count > Shown ? "; ..." : "")}";
    }
}
