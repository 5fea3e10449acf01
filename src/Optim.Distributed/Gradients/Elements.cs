using System.Numerics;

namespace Optim.Distributed;

/// <summary>Vectors element by element; addition and multiplication are correctly rounded at any width.</summary>
internal static class Elements
{
    public static void Add<T>(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> sum)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int i = 0;
        for (; i <= sum.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            (new Vector<T>(left[i..]) + new Vector<T>(right[i..])).CopyTo(sum[i..]);
        }

        for (; i < sum.Length; i++)
        {
            sum[i] = left[i] + right[i];
        }
    }

    public static void Scale<T>(ReadOnlySpan<T> values, T factor, Span<T> scaled)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int i = 0;
        for (; i <= scaled.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            (new Vector<T>(values[i..]) * factor).CopyTo(scaled[i..]);
        }

        for (; i < scaled.Length; i++)
        {
            scaled[i] = values[i] * factor;
        }
    }
}
