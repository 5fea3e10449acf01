using System.Globalization;
using System.Numerics;

namespace Optim.Networks.Layers;

/// <summary>The maximum of each channel within a sliding window. The gradient goes to the first maximum.</summary>
internal sealed class MaxPool<T> : Layer<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly int[] corners;
    private readonly int[] window;

    /// <param name="input">The shape of the images.</param>
    /// <param name="size">The window's height and width; incomplete windows at the right and bottom are dropped.</param>
    /// <param name="stride">The stride.</param>
    public MaxPool(ImageShape input, int size, int stride)
        : base(input, new(input.Channels, Places(input.Height, size, stride), Places(input.Width, size, stride)))
    {
        corners = Corners(Input, Output, stride);
        window = Window(Input, size);
        Description = string.Create(CultureInfo.InvariantCulture, $"max-pool {size}x{size}");
    }

    /// <inheritdoc/>
    public override string Description { get; }

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
        for (int place = 0; place < corners.Length; place++)
        {
            Highest(image[corners[place]..], output.Slice(place * channels, channels));
        }
    }

    private void Spread(ReadOnlySpan<T> image, ReadOnlySpan<T> output, ReadOnlySpan<T> gradient, Span<T> back)
    {
        int channels = Input.Channels;
        back.Clear();
        for (int place = 0; place < corners.Length; place++)
        {
            Give(image[corners[place]..], output.Slice(place * channels, channels), gradient.Slice(place * channels, channels), back[corners[place]..]);
        }
    }

    /// <summary>The offset of each window's first pixel.</summary>
    private static int[] Corners(ImageShape input, ImageShape output, int stride) =>
    [
        .. from y in Enumerable.Range(0, output.Height) from x in Enumerable.Range(0, output.Width)
           select ((y * input.Width) + x) * stride * input.Channels,
    ];

    /// <summary>The offset of each pixel of a window, relative to the first.</summary>
    private static int[] Window(ImageShape input, int size) =>
        [.. from y in Enumerable.Range(0, size) from x in Enumerable.Range(0, size) select ((y * input.Width) + x) * input.Channels];

    // A NaN stays, so that a run that diverged shows.
    private void Highest(ReadOnlySpan<T> image, Span<T> largest)
    {
        int i = 0;
        for (; i <= largest.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            var most = new Vector<T>(image[i..]);
            foreach (int pixel in window.AsSpan(1))
            {
                var x = new Vector<T>(image[(pixel + i)..]);
                most = Vector.ConditionalSelect(Vector.AndNot(Vector.Equals(most, most), Vector.LessThanOrEqual(x, most)), x, most);
            }

            most.CopyTo(largest[i..]);
        }

        for (; i < largest.Length; i++)
        {
            var most = image[i];
            foreach (int pixel in window.AsSpan(1))
            {
                most = T.IsNaN(most) || image[pixel + i] <= most ? most : image[pixel + i];
            }

            largest[i] = most;
        }
    }

    private void Give(ReadOnlySpan<T> image, ReadOnlySpan<T> largest, ReadOnlySpan<T> gradient, Span<T> back)
    {
        int i = 0;
        for (; i <= largest.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            Vector<T> most = new(largest[i..]), left = new(gradient[i..]);
            foreach (int pixel in window)
            {
                var here = Vector.Equals(new Vector<T>(image[(pixel + i)..]), most);
                var target = back[(pixel + i)..];
                (new Vector<T>(target) + Vector.ConditionalSelect(here, left, Vector<T>.Zero)).CopyTo(target);
                left = Vector.ConditionalSelect(here, Vector<T>.Zero, left);
            }
        }

        for (; i < largest.Length; i++)
        {
            foreach (int pixel in window)
            {
                if (image[pixel + i] == largest[i])
                {
                    back[pixel + i] += gradient[i];
                    break;
                }
            }
        }
    }
}
