using System.Numerics;

namespace Optim.Networks.Layers;

/// <summary>The patches of an image under a sliding window, one per row (im2col), and the inverse (col2im).</summary>
/// <param name="image">The shape of the images.</param>
/// <param name="height">The number of vertical window positions.</param>
/// <param name="width">The number of horizontal window positions.</param>
/// <param name="kernel">The kernel's height and width.</param>
/// <param name="stride">The stride.</param>
/// <param name="padding">The zero padding.</param>
internal sealed class Patches<T>(ImageShape image, int height, int width, int kernel, int stride, int padding)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    // The last place from left to right where the window lies inside the image.
    private readonly int lastWhole = Math.Min(width - 1, (image.Width + padding - kernel) / stride);

    /// <summary>Rows per image: the number of window positions.</summary>
    public int Rows => height * width;

    /// <summary>Values per patch.</summary>
    public int Columns => kernel * kernel * image.Channels;

    private int Run => kernel * image.Channels;

    /// <summary>Writes the patches of some images.</summary>
    public void Read(ReadOnlySpan<T> images, Span<T> matrix)
    {
        for (int patch = 0; patch < images.Length / image.Length * Rows; patch += width)
        {
            var (from, y) = (patch / Rows * image.Length, patch / width % height);
            for (int k = 0; k < kernel; k++)
            {
                ReadRow(images.Slice(from, image.Length), (y * stride) - padding + k, matrix[((patch * Columns) + (k * Run))..]);
            }
        }
    }

    /// <summary>Sums patches into the pixels they came from.</summary>
    public void AddBack(ReadOnlySpan<T> matrix, Span<T> images)
    {
        images.Clear();
        for (int patch = 0; patch < images.Length / image.Length * Rows; patch++)
        {
            var (from, y, x) = (patch / Rows * image.Length, patch / width % height, patch % width);
            for (int k = 0; k < kernel; k++)
            {
                var (target, skipped, length) = Inside((y * stride) - padding + k, x);
                RowMajor.Add(images.Slice(from + target, length), matrix.Slice((patch * Columns) + (k * Run) + skipped, length));
            }
        }
    }

    /// <summary>Writes one row of the window at all its horizontal positions, a patch apart.</summary>
    private void ReadRow(ReadOnlySpan<T> pixels, int row, Span<T> target)
    {
        for (int x = 0; x < width; x++)
        {
            var (source, skipped, length) = Inside(row, x);
            if (length == Run)
            {
                int whole = lastWhole - x + 1;
                CopyRuns(pixels[source..], stride * image.Channels, target[(x * Columns)..], whole);
                x += whole - 1;
                continue;
            }

            var run = target.Slice(x * Columns, Run);
            run.Clear();
            pixels.Slice(source, length).CopyTo(run[skipped..]);
        }
    }

    // Without a call for each run: most are as short as three numbers.
    private void CopyRuns(ReadOnlySpan<T> source, int step, Span<T> target, int count)
    {
        int run = Run, last = run - Vector<T>.Count;
        for (int i = 0; i < count; i++)
        {
            var from = source.Slice(i * step, run);
            var to = target.Slice(i * Columns, run);
            if (last < 0)
            {
                for (int j = 0; j < to.Length; j++)
                {
                    to[j] = from[j];
                }

                continue;
            }

            for (int j = 0; j < last; j += Vector<T>.Count)
            {
                new Vector<T>(from[j..]).CopyTo(to[j..]);
            }

            new Vector<T>(from[last..]).CopyTo(to[last..]);
        }
    }

    /// <summary>The part of a window row inside the image: its offset in the image, its offset in the row, and its length.</summary>
    private (int Start, int Skipped, int Length) Inside(int row, int x)
    {
        if (row < 0 || row >= image.Height)
        {
            return (0, 0, 0);
        }

        int left = (x * stride) - padding, from = Math.Max(left, 0), to = Math.Min(left + kernel, image.Width);
        return to <= from ? (0, 0, 0) : (((row * image.Width) + from) * image.Channels, (from - left) * image.Channels, (to - from) * image.Channels);
    }
}
