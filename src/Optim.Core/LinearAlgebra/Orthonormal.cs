using Optim.Lanes;
using Optim.Tensors;

namespace Optim.LinearAlgebra;

/// <summary>Orthonormal bases in double; without Intel MKL, with the same bits everywhere.</summary>
internal static unsafe class Orthonormal
{
    /// <summary>
    /// The Q of a square matrix's QR decomposition, by Householder reflections: orthonormal even if the matrix is rank-deficient.
    /// All NaN if an element is not finite.
    /// </summary>
    /// <param name="matrix">Order by order, transposed; overwritten.</param>
    /// <param name="order">The rows.</param>
    /// <param name="engine">The compute resources.</param>
    /// <returns>Order by order, Q transposed.</returns>
    public static double[] Columns(double[] matrix, int order, Engine engine)
    {
        double[] q = WorkArray.Of<double>(matrix.Length), lengths = WorkArray.Of<double>(order);
        double largest = 0;
        foreach (double x in matrix)
        {
            largest = Math.Max(largest, Math.Abs(x));
        }

        if (!double.IsFinite(largest))
        {
            q.AsSpan().Fill(double.NaN);
            return q;
        }

        double scale = largest == 0 ? 1 : Norms.ScaleFor(largest);
        for (int i = 0; i < matrix.Length; i++)
        {
            matrix[i] *= scale;
        }

        if (engine.Mkl is { } mkl && order > 0)
        {
            // Its columns are our rows.
            mkl.DoubleAlgebra.QRFactor(matrix, order, order, q, WorkArray.Of<double>(order));
            return q;
        }

        fixed (double* a = matrix, result = q)
        {
            // Row k becomes the k-th reflection's vector, from element k on.
            for (int k = 0; k < order; k++)
            {
                double* v = a + ((nint)k * order) + k;
                int length = order - k;
                double norm = Math.Sqrt(Dot(v, v, length));
                v[0] += v[0] < 0 ? -norm : norm;
                lengths[k] = Dot(v, v, length);
                for (int row = k + 1; row < order; row++)
                {
                    Reflect(v, lengths[k], a + ((nint)row * order) + k, length);
                }
            }

            // Q is the reflections' product; on the identity from the last to the first.
            for (int row = 0; row < order; row++)
            {
                result[((nint)row * order) + row] = 1;
            }

            for (int k = order - 1; k >= 0; k--)
            {
                for (int row = k; row < order; row++)
                {
                    Reflect(a + ((nint)k * order) + k, lengths[k], result + ((nint)row * order) + k, order - k);
                }
            }
        }

        return q;
    }

    /// <summary><c>x -= 2 v (v . x) / (v . v)</c>; a v of 0 reflects nothing.</summary>
    private static void Reflect(double* v, double square, double* x, int length)
    {
        if (square == 0)
        {
            return;
        }

        double factor = -2 * (Dot(v, x, length) / square);
        for (int i = 0; i < length; i++)
        {
            x[i] = Math.FusedMultiplyAdd(factor, v[i], x[i]);
        }
    }

    private static double Dot(double* x, double* y, int length) => Reduction.Run(default(SumOfProducts), new Operands<double>(x, y), length);
}
