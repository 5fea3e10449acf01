using System.Numerics;

namespace Optim.Cli.Training.Layers;

/// <summary>The patches of an image under a sliding window, a row each (im2col), and the way back (col2im).</summary>
/// <param name="image">The shape of the images.</param>
/// <param name="height">Places of the window from top to bottom.</param>
/// <param name="width">Places from left to right.</param>
/// <param name="kernel">The window's height and width.</param>
/// <param name="stride">How far the window moves.</param>
/// <param name="padding">Zeros around the image.</param>
internal sealed class Patches<T>(ImageShape image, int height, int width, int kernel, int stride, int padding)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Rows an image: the window's places.</summary>
    public int Rows => height * width;

    /// <summary>Numbers a patch.</summary>
    public int Columns => kernel * kernel * image.Channels;

    private int Run => kernel * image.Channels;

    /// <summary>Writes the patches of some images.</summary>
    public void Read(ReadOnlySpan<T> images, Span<T> matrix)
    {
        int target = 0;
        for (int first = 0; first < images.Length; first += image.Length)
        {
            for (int y = 0; y < height; y++)
            {
                for (int x = 0; x < width; x++)
                {
                    for (int row = (y * stride) - padding; row < (y * stride) - padding + kernel; row++, target += Run)
                    {
                        var run = matrix.Slice(target, Run);
                        var (source, skipped, length) = Inside(row, x);
                        if (length == Run)
                        {
                            Copy(images.Slice(first + source, length), run);
                        }
                        else
                        {
                            run.Clear();
                            images.Slice(first + source, length).CopyTo(run[skipped..]);
                        }
                    }
                }
            }
        }
    }

    /// <summary>Adds patches up at the pixels they came from.</summary>
    public void AddBack(ReadOnlySpan<T> matrix, Span<T> images)
    {
        images.Clear();
        int source = 0;
        for (int first = 0; first < images.Length; first += image.Length)
        {
            for (int y = 0; y < height; y++)
            {
                for (int x = 0; x < width; x++)
                {
                    for (int row = (y * stride) - padding; row < (y * stride) - padding + kernel; row++, source += Run)
                    {
                        var (target, skipped, length) = Inside(row, x);
                        RowMajor.Add(images.Slice(first + target, length), matrix.Slice(source + skipped, length));
                    }
                }
            }
        }
    }

    // A call for a few numbers costs more than they do.
    private static void Copy(ReadOnlySpan<T> source, Span<T> target)
    {
        if (source.Length > 8)
        {
            source.CopyTo(target);
            return;
        }

        for (int i = 0; i < target.Length; i++)
        {
            target[i] = source[i];
        }
    }

    /// <summary>Of one row of the window the part inside the image: where it begins there, how much of the row is left of it, how long it is.</summary>
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
