using System.Numerics;

namespace Optim.Cli.Training.Layers;

/// <summary>The mean and the biased variance of each channel over a batch.</summary>
/// <remarks>
/// Each piece is summed about its own mean, while it is in the cache, and pieces are joined in double (Chan, Golub and LeVeque 1983): squares of float
/// summed about 0 lose a variance that is small beside the mean.
/// </remarks>
internal readonly record struct ChannelMoments(double[] Mean, double[] Variance)
{
    /// <summary>The moments of rows of channels.</summary>
    public static ChannelMoments Of<T>(T[] values, int channels, Pass<T> pass)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int pieces = Pass<T>.RowPieces(channels, values.Length);
        var parts = new (int Rows, T[] Mean, T[] Squares)[pieces];
        pass.SplitRows(channels, values.Length, (from, length) =>
        {
            int rows = length / channels;
            T[] mean = new T[channels], squares = new T[channels];
            RowMajor.SumRows(values.AsSpan(from, length), mean);
            for (int i = 0; i < channels; i++)
            {
                mean[i] /= T.CreateTruncating(rows);
            }

            ChannelRows.SumSquares(values.AsSpan(from, length), mean, squares);
            parts[Pass<T>.RowPiece(channels, from)] = (rows, mean, squares);
        });

        double[] total = new double[channels], spread = new double[channels];
        double count = 0;
        foreach (var (rows, mean, squares) in parts)
        {
            for (int i = 0; i < channels; i++)
            {
                double distance = double.CreateTruncating(mean[i]) - total[i];
                total[i] += distance * rows / (count + rows);
                spread[i] += double.CreateTruncating(squares[i]) + (distance * distance * count * rows / (count + rows));
            }

            count += rows;
        }

        return new(total, [.. spread.Select(x => x / count)]);
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
