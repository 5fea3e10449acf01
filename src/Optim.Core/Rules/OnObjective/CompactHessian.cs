using Optim.Tensors;

namespace Optim;

/// <summary>
/// The quadratic model of L-BFGS-B, <c>B = theta I - W M W^T</c> with <c>W = [Y, theta S]</c> (Byrd, Nocedal and Schnabel 1994): what is needed of it within bounds. M is the inverse of
/// <c>[[-D, L^T], [L, theta S^T S]]</c>, D the diagonal and L the part below it of <c>S^T Y</c>.
/// </summary>
internal sealed class CompactHessian : ICurvaturePairs<double>
{
    private readonly double[][] s, y;
    private readonly double[] products;
    private readonly int threads;

    // Where no bound is in the way nothing asks for them.
    private readonly Lazy<double[][]> columns;
    private readonly Lazy<double[,]> middle;

    /// <param name="s">The steps, from the oldest.</param>
    /// <param name="y">The changes of the gradient.</param>
    /// <param name="threads">How many threads products may take.</param>
    public CompactHessian(double[][] s, double[][] y, int threads)
    {
        (this.s, this.y, this.threads) = (s, y, threads);
        products = [.. s.Zip(y, (step, change) => Vectors.Dot<double>(step, change, threads))];
        Scale = s.Length == 0 ? 1 : Vectors.Dot<double>(y[^1], y[^1], threads) / products[^1];
        columns = new(() => [.. y, .. s.Select(step => Array.ConvertAll(step, value => Scale * value))]);
        middle = new(MiddleInverse);
    }

    /// <summary>theta.</summary>
    public double Scale { get; }

    /// <summary>The number of columns of W.</summary>
    public int Width => 2 * s.Length;

    /// <inheritdoc/>
    public int Count => s.Length;

    /// <inheritdoc/>
    public double InverseScale => 1 / Scale;

    /// <inheritdoc/>
    public ReadOnlySpan<double> Step(int pair) => s[pair];

    /// <inheritdoc/>
    public ReadOnlySpan<double> Change(int pair) => y[pair];

    /// <inheritdoc/>
    public double Product(int pair) => products[pair];

    /// <summary>The inverse of M.</summary>
    private double[,] MiddleInverse()
    {
        int count = s.Length;
        double[,] middle = new double[2 * count, 2 * count];
        for (int i = 0; i < count; i++)
        {
            middle[i, i] = -products[i];
            for (int j = 0; j < i; j++)
            {
                middle[count + i, j] = middle[j, count + i] = Vectors.Dot<double>(s[i], y[j], threads);
            }

            for (int j = 0; j <= i; j++)
            {
                middle[count + i, count + j] = middle[count + j, count + i] = Scale * Vectors.Dot<double>(s[i], s[j], threads);
            }
        }

        return middle;
    }

    /// <summary>The product of two vectors, summed from the first element on.</summary>
    public static double Product(double[] left, double[] right)
    {
        double sum = 0;
        for (int i = 0; i < left.Length; i++)
        {
            sum += left[i] * right[i];
        }

        return sum;
    }

    /// <summary>A row of W.</summary>
    public double[] Row(int element) => Array.ConvertAll(columns.Value, column => column[element]);

    /// <summary><c>W^T x</c>, over all elements.</summary>
    public double[] Project(double[] x, int threads) => Array.ConvertAll(columns.Value, column => Vectors.Dot<double>(column, x, threads));

    /// <summary><c>M v</c>; null where the matrix is singular.</summary>
    public double[]? Middle(double[] v) => Solved((double[,])middle.Value.Clone(), v);

    /// <summary>
    /// The displacement to the model's minimum over the free elements: <c>-B_ff^-1 r</c>, by the Sherman-Morrison-Woodbury formula (the direct primal method of section 5.1); null where a matrix is singular.
    /// </summary>
    /// <param name="free">The free elements.</param>
    /// <param name="r">The model's gradient at each of them.</param>
    public double[]? Subspace(int[] free, double[] r)
    {
        double[][] rows = Array.ConvertAll(columns.Value, column => free.Length == column.Length ? column : Array.ConvertAll(free, element => column[element]));
        if (Middle(Array.ConvertAll(rows, column => Product(column, r))) is not { } v)
        {
            return null;
        }

        // N = I - M W_f^T W_f / theta, column by column.
        double[,] n = new double[Width, Width];
        double[,] products = Gram(rows);
        for (int j = 0; j < Width; j++)
        {
            int column = j;
            if (Middle([.. Enumerable.Range(0, Width).Select(i => products[i, column] / Scale)]) is not { } solved)
            {
                return null;
            }

            for (int i = 0; i < Width; i++)
            {
                n[i, j] = (i == j ? 1 : 0) - solved[i];
            }
        }

        if (Solved(n, v) is not { } w)
        {
            return null;
        }

        double[] displacement = Combined(rows, w);
        for (int k = 0; k < displacement.Length; k++)
        {
            displacement[k] = -(r[k] / Scale) - (displacement[k] / (Scale * Scale));
        }

        return displacement;
    }

    /// <summary>
    /// The displacement to the model's minimum over all elements, <c>-B^-1 g</c>, by the two-loop recursion: the same as that of <see cref="Subspace"/>, and right where pairs of very different sizes leave nothing of M but rounding.
    /// </summary>
    public double[] ToMinimum(double[] g)
    {
        double[] d = Array.ConvertAll(g, value => -value);
        InverseHessian.Multiply(this, d, threads);
        return d;
    }

    /// <summary><c>W v</c>, over all elements.</summary>
    public double[] Combined(double[] v) => Combined(columns.Value, v);

    private static double[] Combined(double[][] columns, double[] v)
    {
        double[] sum = new double[columns[0].Length];
        for (int j = 0; j < v.Length; j++)
        {
            double[] column = columns[j];
            double factor = v[j];
            for (int i = 0; i < sum.Length; i++)
            {
                sum[i] += column[i] * factor;
            }
        }

        return sum;
    }

    /// <summary>The products of all pairs of columns, each summed from the first element on: by blocks that stay in the cache, and four at once, as one sum waits for each of its additions.</summary>
    private static double[,] Gram(double[][] columns)
    {
        const int Block = 256;
        double[,] products = new double[columns.Length, columns.Length];
        for (int start = 0; start < columns[0].Length; start += Block)
        {
            int length = Math.Min(Block, columns[0].Length - start);
            for (int j = 0; j < columns.Length; j++)
            {
                var by = columns[j].AsSpan(start, length);
                for (int i = 0; i <= j; i += 4)
                {
                    // Beyond the diagonal the last column again, whose sum is overwritten by itself.
                    int second = Math.Min(i + 1, j), third = Math.Min(i + 2, j), fourth = Math.Min(i + 3, j);
                    ReadOnlySpan<double> a = columns[i].AsSpan(start, length), b = columns[second].AsSpan(start, length), c = columns[third].AsSpan(start, length), d = columns[fourth].AsSpan(start, length);
                    double p = products[i, j], q = products[second, j], r = products[third, j], s = products[fourth, j];
                    for (int k = 0; k < by.Length; k++)
                    {
                        double factor = by[k];
                        p += a[k] * factor;
                        q += b[k] * factor;
                        r += c[k] * factor;
                        s += d[k] * factor;
                    }

                    (products[i, j], products[second, j], products[third, j], products[fourth, j]) = (p, q, r, s);
                }
            }
        }

        for (int j = 0; j < columns.Length; j++)
        {
            for (int i = 0; i < j; i++)
            {
                products[j, i] = products[i, j];
            }
        }

        return products;
    }

    /// <summary>A small system by elimination with the largest pivot of a column; in plain loops, whose bits are the same whatever library does an application's linear algebra.</summary>
    private static double[]? Solved(double[,] a, double[] right)
    {
        int n = right.Length;
        double[] x = [.. right];
        for (int k = 0; k < n; k++)
        {
            int pivot = k;
            for (int i = k + 1; i < n; i++)
            {
                pivot = Math.Abs(a[i, k]) > Math.Abs(a[pivot, k]) ? i : pivot;
            }

            if (!(Math.Abs(a[pivot, k]) > 0) || !double.IsFinite(a[pivot, k]))
            {
                return null;
            }

            (x[k], x[pivot]) = (x[pivot], x[k]);
            for (int j = 0; j < n; j++)
            {
                (a[k, j], a[pivot, j]) = (a[pivot, j], a[k, j]);
            }

            for (int i = k + 1; i < n; i++)
            {
                double factor = a[i, k] / a[k, k];
                for (int j = k; j < n; j++)
                {
                    a[i, j] -= factor * a[k, j];
                }

                x[i] -= factor * x[k];
            }
        }

        for (int i = n - 1; i >= 0; i--)
        {
            x[i] = (x[i] - Sum(n - i - 1, j => a[i, i + 1 + j] * x[i + 1 + j])) / a[i, i];
        }

        return Array.TrueForAll(x, double.IsFinite) ? x : null;
    }

    private static double Sum(int count, Func<int, double> term)
    {
        double sum = 0;
        for (int i = 0; i < count; i++)
        {
            sum += term(i);
        }

        return sum;
    }
}
