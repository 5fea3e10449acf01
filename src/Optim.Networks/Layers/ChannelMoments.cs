using System.Numerics;

namespace Optim.Networks.Layers;

/// <summary>The mean and the biased variance of each channel over a batch.</summary>
/// <remarks>
/// Each piece is summed about its first row, and pieces are merged in double (Chan, Golub and LeVeque 1983): float squares summed about 0 lose a
/// variance that is small compared with the mean.
/// </remarks>
internal readonly record struct ChannelMoments(double[] Mean, double[] Variance)
{
    /// <summary>The moments of rows of channels.</summary>
    public static ChannelMoments Of<T>(T[] values, int channels, Pass<T> pass)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var parts = new (int Rows, T[] Sum, T[] Squares)[Pass<T>.RowPieces(channels, values.Length)];
        pass.SplitRows(channels, values.Length, (from, length) =>
        {
            T[] sum = new T[channels], squares = new T[channels];
            ChannelRows.SumDeviations(values.AsSpan(from, length), values.AsSpan(from, channels), sum, squares);
            parts[Pass<T>.RowPiece(channels, from)] = (length / channels, sum, squares);
        });

        double[] mean = new double[channels], spread = new double[channels];
        double count = 0;
        for (int piece = 0; piece < parts.Length; piece++)
        {
            var (rows, sum, squares) = parts[piece];
            for (int i = 0; i < channels; i++)
            {
                double shift = double.CreateTruncating(sum[i]) / rows, first = double.CreateTruncating(values[(Pass<T>.RowPieceLength(channels) * piece) + i]);
                double distance = first + shift - mean[i];
                mean[i] += distance * rows / (count + rows);
                spread[i] += double.CreateTruncating(squares[i]) - (shift * shift * rows) + (distance * distance * count * rows / (count + rows));
            }

            count += rows;
        }

        return new(mean, [.. spread.Select(x => Math.Max(0, x / count))]);
    }

    /// <summary>The sums of the gradient, and of its products with the normalised inputs.</summary>
    public static (double[] Sum, double[] Product) Products<T>(T[] input, T[] gradient, T[] centre, T[] inverse, Pass<T> pass)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int channels = centre.Length;
        var parts = new (T[] Sum, T[] Product)[Pass<T>.RowPieces(channels, input.Length)];
        pass.SplitRows(channels, input.Length, (from, length) =>
        {
            T[] sum = new T[channels], product = new T[channels];
            ChannelRows.SumProducts(gradient.AsSpan(from, length), input.AsSpan(from, length), centre, sum, product);
            parts[Pass<T>.RowPiece(channels, from)] = (sum, product);
        });

        double[] sums = new double[channels], products = new double[channels];
        foreach (var (sum, product) in parts)
        {
            for (int i = 0; i < channels; i++)
            {
                sums[i] += double.CreateTruncating(sum[i]);
                products[i] += double.CreateTruncating(product[i]) * double.CreateTruncating(inverse[i]);
            }
        }

        return (sums, products);
    }
}
