using System.Numerics;

namespace Optim.Execution;

/// <summary>Which elements clipping rules made smaller in one step; kept where a report is wanted.</summary>
internal sealed class ClipRecord(int length)
{
    private readonly bool[] clipped = new bool[length];
    private readonly List<(Part Part, ClipRecord Record)> parts = [];

    /// <summary>The record of a rule on some tensors alone.</summary>
    public ClipRecord For(Part part)
    {
        var record = new ClipRecord(part.Layout.Length);
        parts.Add((part, record));
        return record;
    }

    /// <summary>Takes note of what is smaller than it was.</summary>
    public void Compare<T>(ReadOnlySpan<T> before, ReadOnlySpan<T> after)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < clipped.Length; i++)
        {
            clipped[i] |= T.Abs(after[i]) < T.Abs(before[i]);
        }
    }

    /// <summary>All elements, those of parts included.</summary>
    public bool[] Clipped()
    {
        bool[] all = [.. clipped];
        foreach (var (part, record) in parts)
        {
            bool[] own = record.Clipped();
            for (int tensor = 0; tensor < part.Layout.Count; tensor++)
            {
                int from = part.Layout.OffsetOf(tensor), to = part.Whole.OffsetOf(tensor);
                for (int i = 0; i < part.Layout[tensor].Length; i++)
                {
                    all[to + i] |= own[from + i];
                }
            }
        }

        return all;
    }
}
