using System.Globalization;
using System.Numerics;

namespace Optim.Cli.Training.Layers;

/// <summary>The largest number of each channel under a sliding window. The gradient goes to the first that is largest.</summary>
/// <param name="input">The shape of the images.</param>
/// <param name="size">The window's height and width; what does not fill a window at the right and below is left out.</param>
/// <param name="stride">How far the window moves.</param>
internal sealed class MaxPool<T>(ImageShape input, int size, int stride)
    : Layer<T>(input, new(input.Channels, Places(input.Height, size, stride), Places(input.Width, size, stride)))
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <inheritdoc/>
    public override string Description { get; } = string.Create(CultureInfo.InvariantCulture, $"max-pool {size}x{size}");

    /// <inheritdoc/>
    public override (T[] Output, Pullback<T> Pullback) Forward(T[] input, Pass<T> pass)
    {
        var output = pass.Workspace.Take(pass.Count * Output.Length);
        pass.SplitImages(Input.Length, i => Pool(input.AsSpan(i * Input.Length, Input.Length), output.AsSpan(i * Output.Length, Output.Length)));
        return (output, gradient =>
        {
            var back = pass.Workspace.Take(input.Length);
            pass.SplitImages(Input.Length, i =>
            {
                int from = i * Input.Length, to = i * Output.Length;
                Spread(
                    input.AsSpan(from, Input.Length), output.AsSpan(to, Output.Length), gradient.AsSpan(to, Output.Length), back.AsSpan(from, Input.Length));
            });
            return back;
        });
    }

    private void Pool(ReadOnlySpan<T> image, Span<T> output)
    {
        int channels = Input.Channels;
        for (int place = 0; place < Output.Pixels; place++)
        {
            var largest = output.Slice(place * channels, channels);
            image.Slice(Pixel(place, 0), channels).CopyTo(largest);
            for (int k = 1; k < size * size; k++)
            {
                Raise(largest, image.Slice(Pixel(place, k), channels));
            }
        }
    }

    private void Spread(ReadOnlySpan<T> image, ReadOnlySpan<T> output, ReadOnlySpan<T> gradient, Span<T> back)
    {
        int channels = Input.Channels;
        Span<T> left = channels <= 256 ? stackalloc T[channels] : new T[channels];
        back.Clear();
        for (int place = 0; place < Output.Pixels; place++)
        {
            gradient.Slice(place * channels, channels).CopyTo(left);
            for (int k = 0; k < size * size; k++)
            {
                int pixel = Pixel(place, k);
                Give(image.Slice(pixel, channels), output.Slice(place * channels, channels), left, back.Slice(pixel, channels));
            }
        }
    }

    /// <summary>Where a pixel of a window begins in the image.</summary>
    private int Pixel(int place, int k)
    {
        int y = (place / Output.Width * stride) + (k / size), x = (place % Output.Width * stride) + (k % size);
        return ((y * Input.Width) + x) * Input.Channels;
    }

    // A NaN stays, so that a run that diverged shows.
    private static void Raise(Span<T> largest, ReadOnlySpan<T> values)
    {
        int i = 0;
        for (; i <= values.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            Vector<T> most = new(largest[i..]), x = new(values[i..]);
            var rises = Vector.AndNot(Vector.Equals(most, most), Vector.LessThanOrEqual(x, most));
            Vector.ConditionalSelect(rises, x, most).CopyTo(largest[i..]);
        }

        for (; i < values.Length; i++)
        {
            largest[i] = T.IsNaN(largest[i]) || values[i] <= largest[i] ? largest[i] : values[i];
        }
    }

    /// <summary>Where the image holds the largest, what is left of the gradient goes there.</summary>
    private static void Give(ReadOnlySpan<T> values, ReadOnlySpan<T> largest, Span<T> left, Span<T> back)
    {
        int i = 0;
        for (; i <= values.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            var here = Vector.Equals(new Vector<T>(values[i..]), new Vector<T>(largest[i..]));
            var rest = new Vector<T>(left[i..]);
            (new Vector<T>(back[i..]) + Vector.ConditionalSelect(here, rest, Vector<T>.Zero)).CopyTo(back[i..]);
            Vector.ConditionalSelect(here, Vector<T>.Zero, rest).CopyTo(left[i..]);
        }

        for (; i < values.Length; i++)
        {
            if (values[i] == largest[i])
            {
                back[i] += left[i];
                left[i] = T.Zero;
            }
        }
    }
}
