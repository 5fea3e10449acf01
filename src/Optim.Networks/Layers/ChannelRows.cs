using System.Numerics;

namespace Optim.Networks.Layers;

/// <summary>The loops of batch normalisation, over rows of channels.</summary>
internal static class ChannelRows
{
    /// <summary><c>sum = sum of x - centre; squares = sum of (x - centre)^2</c>.</summary>
    public static void SumDeviations<T>(ReadOnlySpan<T> rows, ReadOnlySpan<T> centre, Span<T> sum, Span<T> squares)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int channels = centre.Length, i = 0;
        for (; i <= channels - Vector<T>.Count; i += Vector<T>.Count)
        {
            Vector<T> middle = new(centre[i..]), total = Vector<T>.Zero, squared = Vector<T>.Zero;
            for (int at = i; at < rows.Length; at += channels)
            {
                var x = new Vector<T>(rows[at..]) - middle;
                total += x;
                squared += x * x;
            }

            total.CopyTo(sum[i..]);
            squared.CopyTo(squares[i..]);
        }

        for (; i < channels; i++)
        {
            sum[i] = squares[i] = T.Zero;
            for (int at = i; at < rows.Length; at += channels)
            {
                var x = rows[at] - centre[i];
                sum[i] += x;
                squares[i] += x * x;
            }
        }
    }

    /// <summary><c>sum = sum of dy; product = sum of dy (x - centre)</c>.</summary>
    public static void SumProducts<T>(ReadOnlySpan<T> gradient, ReadOnlySpan<T> rows, ReadOnlySpan<T> centre, Span<T> sum, Span<T> product)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int channels = centre.Length, i = 0;
        for (; i <= channels - Vector<T>.Count; i += Vector<T>.Count)
        {
            Vector<T> middle = new(centre[i..]), total = Vector<T>.Zero, products = Vector<T>.Zero;
            for (int at = i; at < rows.Length; at += channels)
            {
                var dy = new Vector<T>(gradient[at..]);
                total += dy;
                products += dy * (new Vector<T>(rows[at..]) - middle);
            }

            total.CopyTo(sum[i..]);
            products.CopyTo(product[i..]);
        }

        for (; i < channels; i++)
        {
            sum[i] = product[i] = T.Zero;
            for (int at = i; at < rows.Length; at += channels)
            {
                sum[i] += gradient[at];
                product[i] += gradient[at] * (rows[at] - centre[i]);
            }
        }
    }

    /// <summary><c>y = (x - centre) scale + bias</c>.</summary>
    public static void ShiftAndScale<T>(ReadOnlySpan<T> rows, ReadOnlySpan<T> centre, ReadOnlySpan<T> scale, ReadOnlySpan<T> bias, Span<T> output)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int channels = centre.Length, i = 0;
        for (; i <= channels - Vector<T>.Count; i += Vector<T>.Count)
        {
            Vector<T> middle = new(centre[i..]), factor = new(scale[i..]), level = new(bias[i..]);
            for (int at = i; at < rows.Length; at += channels)
            {
                (((new Vector<T>(rows[at..]) - middle) * factor) + level).CopyTo(output[at..]);
            }
        }

        for (; i < channels; i++)
        {
            for (int at = i; at < rows.Length; at += channels)
            {
                output[at] = ((rows[at] - centre[i]) * scale[i]) + bias[i];
            }
        }
    }

    /// <summary><c>dy = (dy - level - (x - centre) slope) scale</c>, with the slope by the normalised input and its scale in one.</summary>
    public static void Detrend<T>(
        Span<T> gradient, ReadOnlySpan<T> rows, ReadOnlySpan<T> centre, ReadOnlySpan<T> slope, ReadOnlySpan<T> level, ReadOnlySpan<T> scale)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int channels = centre.Length, i = 0;
        for (; i <= channels - Vector<T>.Count; i += Vector<T>.Count)
        {
            Vector<T> middle = new(centre[i..]), trend = new(slope[i..]), constant = new(level[i..]), factor = new(scale[i..]);
            for (int at = i; at < rows.Length; at += channels)
            {
                ((new Vector<T>(gradient[at..]) - constant - ((new Vector<T>(rows[at..]) - middle) * trend)) * factor).CopyTo(gradient[at..]);
            }
        }

        for (; i < channels; i++)
        {
            for (int at = i; at < rows.Length; at += channels)
            {
                gradient[at] = (gradient[at] - level[i] - ((rows[at] - centre[i]) * slope[i])) * scale[i];
            }
        }
    }
}
