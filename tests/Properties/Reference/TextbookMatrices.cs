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

    public static double[] Flat(this double[,] a) => [.. a.Cast<double>()];
}
