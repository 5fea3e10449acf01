using System.Numerics;

namespace Optim.LinearAlgebra;

/// <summary>Singular vectors of a matrix in double, by one-sided Jacobi rotations: to full precision where singular values differ by orders of magnitude, and with the same bits everywhere.</summary>
internal static class SingularVectors
{
    private const int MostSweeps = 60;

    /// <summary>The right singular vectors of the largest singular values; all NaN if an element is not finite.</summary>
    /// <param name="matrix">Rows by columns, row-major.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="columns">The columns.</param>
    /// <param name="count">How many, at most the columns.</param>
    /// <returns>Count by columns: a vector a row, those of the largest first.</returns>
    public static double[] Right<T>(ReadOnlySpan<T> matrix, int rows, int columns, int count)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        // Column by column in a row, so that a rotation runs along memory.
        double[] a = new double[rows * columns], v = new double[columns * columns];
        double largest = 0;
        for (int i = 0; i < matrix.Length; i++)
        {
            double value = double.CreateTruncating(matrix[i]);
            a[(i % columns * rows) + (i / columns)] = value;
            largest = Math.Max(largest, Math.Abs(value));
        }

        double[] result = new double[count * columns];
        if (!double.IsFinite(largest))
        {
            result.AsSpan().Fill(double.NaN);
            return result;
        }

        double scale = largest == 0 ? 1 : Lanes.Norms.ScaleFor(largest);
        for (int i = 0; i < a.Length; i++)
        {
            a[i] *= scale;
        }

        for (int i = 0; i < columns; i++)
        {
            v[i * (columns + 1)] = 1;
        }

        for (int sweep = 0; sweep < MostSweeps && Sweep(a, v, rows, columns); sweep++)
        {
        }

        int[] order = [.. Enumerable.Range(0, columns).OrderByDescending(i => Dot(a.AsSpan(i * rows, rows), a.AsSpan(i * rows, rows))).ThenBy(i => i)];
        for (int i = 0; i < count; i++)
        {
            v.AsSpan(order[i] * columns, columns).CopyTo(result.AsSpan(i * columns));
        }

        return result;
    }

    /// <summary>Makes each pair of columns orthogonal once; false where all are.</summary>
    private static bool Sweep(double[] a, double[] v, int rows, int columns)
    {
        bool rotated = false;
        for (int i = 0; i < columns; i++)
        {
            for (int j = i + 1; j < columns; j++)
            {
                Span<double> x = a.AsSpan(i * rows, rows), y = a.AsSpan(j * rows, rows);
                double p = Dot(x, x), q = Dot(y, y), r = Dot(x, y);
                if (Math.Abs(r) <= 1e-16 * Math.Sqrt(p * q) || r == 0)
                {
                    continue;
                }

                rotated = true;
                double zeta = (q - p) / (2 * r), t = (zeta < 0 ? -1 : 1) / (Math.Abs(zeta) + Math.Sqrt(1 + (zeta * zeta)));
                double cosine = 1 / Math.Sqrt(1 + (t * t)), sine = cosine * t;
                Rotate(x, y, cosine, sine);
                Rotate(v.AsSpan(i * columns, columns), v.AsSpan(j * columns, columns), cosine, sine);
            }
        }

        return rotated;
    }

    private static void Rotate(Span<double> x, Span<double> y, double cosine, double sine)
    {
        for (int i = 0; i < x.Length; i++)
        {
            (x[i], y[i]) = ((cosine * x[i]) - (sine * y[i]), (sine * x[i]) + (cosine * y[i]));
        }
    }

    private static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            sum += x[i] * y[i];
        }

        return sum;
    }
}
