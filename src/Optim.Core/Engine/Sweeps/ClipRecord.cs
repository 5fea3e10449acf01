using System.Numerics;

namespace Optim.Execution;

/// <summary>Which elements clipping rules made smaller in one step; kept where a report is wanted.</summary>
internal sealed class ClipRecord(int length)
{
    private readonly bool[] clipped = new bool[length];
    private readonly List<(TensorSubset Tensors, ClipRecord Record)> subsets = [];

    /// <summary>The record of a rule on some tensors alone.</summary>
    public ClipRecord For(TensorSubset tensors)
    {
        var record = new ClipRecord(tensors.Layout.Length);
        subsets.Add((tensors, record));
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

    /// <summary>All elements, those of subsets included.</summary>
    public bool[] Clipped()
    {
        bool[] all = [.. clipped];
        foreach (var (tensors, record) in subsets)
        {
            bool[] others = new bool[all.Length];
            tensors.Scatter<bool>(record.Clipped(), others);
            for (int i = 0; i < all.Length; i++)
            {
                all[i] |= others[i];
            }
        }

        return all;
    }
}
