using MathNet.Numerics.LinearAlgebra;

namespace Optim.Cli.Training;

/// <summary>Labelled images, one a row.</summary>
/// <param name="Pixels">An image a row, each pixel in [0, 1].</param>
/// <param name="Labels">The digit of each row, 0 to 9.</param>
internal sealed record Examples(Matrix<double> Pixels, IReadOnlyList<int> Labels)
{
    /// <summary>The number of images.</summary>
    public int Count => Labels.Count;

    /// <summary>Some of the rows, in the order given.</summary>
    public Examples Pick(ReadOnlySpan<int> rows)
    {
        var pixels = Matrix<double>.Build.Dense(rows.Length, Pixels.ColumnCount);
        var labels = new int[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            labels[i] = Labels[rows[i]];
            for (int j = 0; j < Pixels.ColumnCount; j++)
            {
                pixels.At(i, j, Pixels.At(rows[i], j));
            }
        }

        return new(pixels, labels);
    }
}
