namespace Optim.Cli.Training.Sources;

/// <summary>
/// Images brought to another size: the largest part of the new proportions around the middle is cut out, and each new pixel is the mean of the old ones around its place, weighted by a triangle as wide as the pixel or, where the image
/// grows, as an old one (Pillow's and torchvision's BILINEAR with antialiasing, rounded once). The same bits on every machine.
/// </summary>
internal static class Resampling
{
    /// <summary>An image in another size.</summary>
    /// <param name="pixels">Rows of pixels, the channels of each side by side.</param>
    /// <param name="from">The image's size.</param>
    /// <param name="to">The size it gets.</param>
    /// <param name="channels">The numbers per pixel.</param>
    public static byte[] Resize(byte[] pixels, (int Width, int Height) from, (int Width, int Height) to, int channels)
    {
        if (from == to)
        {
            return pixels;
        }

        // The part to keep: the whole width or the whole height.
        double scale = Math.Min((double)from.Width / to.Width, (double)from.Height / to.Height);
        var across = Weights(from.Width, to.Width, scale);
        var down = Weights(from.Height, to.Height, scale);
        int start = across[0].First * channels, end = (across[^1].First + across[^1].Weights.Length) * channels, stride = from.Width * channels;
        double[] line = new double[end - start];
        byte[] resized = new byte[to.Width * to.Height * channels];
        for (int row = 0; row < to.Height; row++)
        {
            Array.Clear(line);
            var (top, heights) = down[row];
            for (int k = 0; k < heights.Length; k++)
            {
                var old = pixels.AsSpan(((top + k) * stride) + start, line.Length);
                for (int i = 0; i < line.Length; i++)
                {
                    line[i] += heights[k] * old[i];
                }
            }

            for (int i = 0; i < to.Width * channels; i++)
            {
                var (first, weights) = across[i / channels];
                double sum = 0;
                for (int k = 0; k < weights.Length; k++)
                {
                    sum += weights[k] * line[((first + k) * channels) + (i % channels) - start];
                }

                resized[(row * to.Width * channels) + i] = (byte)Math.Clamp(Math.Round(sum, MidpointRounding.AwayFromZero), 0, byte.MaxValue);
            }
        }

        return resized;
    }

    /// <summary>Of each new place along one side, the first old place that counts and the weights from there on; their sum is 1.</summary>
    private static (int First, double[] Weights)[] Weights(int from, int to, double scale)
    {
        double left = (from - (to * scale)) / 2, reach = Math.Max(1, scale);
        return [.. Enumerable.Range(0, to).Select(i =>
        {
            double center = left + ((i + 0.5) * scale);
            int first = Math.Max(0, (int)Math.Floor(center - reach)), last = Math.Min(from - 1, (int)Math.Ceiling(center + reach));
            double[] weights = [.. Enumerable.Range(first, last - first + 1).Select(j => Math.Max(0, 1 - (Math.Abs(j + 0.5 - center) / reach)))];
            double sum = weights.Sum();
            return (first, weights.Select(weight => weight / sum).ToArray());
        })];
    }
}
