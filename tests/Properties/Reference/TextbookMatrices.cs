namespace Optim.Properties.Reference;

/// <summary>Matrices of doubles by plain loops.</summary>
internal static class TextbookMatrices
{
    public static double[,] Of(double[] x, int rows, int columns)
    {
        var m = new double[rows, columns];
        for (int i = 0; i < x.Length; i++)
        {
            m[i / columns, i % columns] = x[i];
        }

        return m;
    }

    public static double[,] Times(this double[,] a, double[,] b)
    {
        var c = new double[a.GetLength(0), b.GetLength(1)];
        for (int i = 0; i < c.GetLength(0); i++)
        {
            for (int j = 0; j < c.GetLength(1); j++)
            {
                for (int k = 0; k < b.GetLength(0); k++)
                {
                    c[i, j] += a[i, k] * b[k, j];
                }
            }
        }

        return c;
    }

    public static double[,] Transposed(this double[,] a)
    {
        var b = new double[a.GetLength(1), a.GetLength(0)];
        for (int i = 0; i < a.Length; i++)
        {
            b[i % a.GetLength(1), i / a.GetLength(1)] = a[i / a.GetLength(1), i % a.GetLength(1)];
        }

        return b;
    }

    /// <summary><c>x a + y b</c>.</summary>
    public static double[,] Combined(double x, double[,] a, double y, double[,] b)
    {
        var c = new double[a.GetLength(0), a.GetLength(1)];
        for (int i = 0; i < a.GetLength(0); i++)
        {
            for (int j = 0; j < a.GetLength(1); j++)
            {
                c[i, j] = (x * a[i, j]) + (y * b[i, j]);
            }
        }

        return c;
    }

    public static double[,] Identity(int n)
    {
        var m = new double[n, n];
        for (int i = 0; i < n; i++)
        {
            m[i, i] = 1;
        }

        return m;
    }

    public static double[,] DiagonalOf(double[,] a)
    {
        var m = new double[a.GetLength(0), a.GetLength(1)];
        for (int i = 0; i < a.GetLength(0); i++)
        {
            m[i, i] = a[i, i];
        }

        return m;
    }

    /// <summary>The same function of every eigenvalue of a symmetric matrix.</summary>
    public static double[,] Function(double[,] symmetric, Func<double, double> f)
    {
        var (values, vectors) = Eigen(symmetric);
        var scaled = DiagonalOf(symmetric);
        for (int i = 0; i < values.Length; i++)
        {
            scaled[i, i] = f(values[i]);
        }

        return vectors.Times(scaled).Times(vectors.Transposed());
    }

    /// <summary>Jacobi 1846: rotate each element off the diagonal to 0, again and again. The eigenvectors are columns.</summary>
    public static (double[] Values, double[,] Vectors) Eigen(double[,] symmetric)
    {
        int n = symmetric.GetLength(0);
        var a = (double[,])symmetric.Clone();
        var v = Identity(n);
        for (int sweep = 0; sweep < 30; sweep++)
        {
            for (int p = 0; p < n; p++)
            {
                for (int q = p + 1; q < n; q++)
                {
                    if (a[p, q] != 0)
                    {
                        double theta = (a[q, q] - a[p, p]) / (2 * a[p, q]);
                        double t = (theta < 0 ? -1 : 1) / (Math.Abs(theta) + Math.Sqrt((theta * theta) + 1)), c = 1 / Math.Sqrt((t * t) + 1);
                        Rotate(a, v, p, q, c, t * c);
                    }
                }
            }
        }

        return ([.. Enumerable.Range(0, n).Select(i => a[i, i])], v);
    }

    private static void Rotate(double[,] a, double[,] v, int p, int q, double c, double s)
    {
        int n = a.GetLength(0);
        for (int k = 0; k < n; k++)
        {
            (a[k, p], a[k, q]) = ((c * a[k, p]) - (s * a[k, q]), (s * a[k, p]) + (c * a[k, q]));
        }

        for (int k = 0; k < n; k++)
        {
            (a[p, k], a[q, k]) = ((c * a[p, k]) - (s * a[q, k]), (s * a[p, k]) + (c * a[q, k]));
            (v[k, p], v[k, q]) = ((c * v[k, p]) - (s * v[k, q]), (s * v[k, p]) + (c * v[k, q]));
        }

        a[p, q] = a[q, p] = 0;
    }

    public static double[] Flat(this double[,] a) => [.. a.Cast<double>()];
}
