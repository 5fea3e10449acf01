using System.Numerics;
using MathNet.Numerics;
using MathNet.Numerics.Providers.LinearAlgebra;
using Optim.Lanes;
using Optim.Tensors;

namespace Optim.LinearAlgebra;

/// <summary>Symmetric positive semidefinite matrices in double: eigenvectors and inverse roots.</summary>
/// <remarks>
/// Without Intel MKL the eigendecomposition is that of MathNet's managed provider (Householder reduction, then QL; EISPACK's tred2 and tql2): one thread
/// and plain arithmetic, so that its bits are the same everywhere, whichever provider the application has chosen.
/// </remarks>
internal static class Symmetric
{
    /// <summary>2^-100, far below rounding for elements near 1; the algorithm divides by off-diagonal elements, and loses digits or overflows if they are too small.</summary>
    private static readonly double Vanishing = double.ScaleB(1, -100);

    /// <summary>The eigenvalues in ascending order, and the eigenvectors as rows.</summary>
    /// <param name="matrix">Order by order; overwritten.</param>
    /// <param name="order">The rows.</param>
    /// <param name="engine">The compute resources.</param>
    /// <returns>Null if an element is not finite, or if QL fails, which has never been observed.</returns>
    public static (double[] Values, double[] Vectors)? Decompose(double[] matrix, int order, Engine engine)
    {
        if (order == 0)
        {
            return ([], []);
        }

        double largest = 0;
        foreach (double x in matrix)
        {
            // NaN stays.
            largest = Math.Max(largest, Math.Abs(x));
        }

        if (!double.IsFinite(largest))
        {
            return null;
        }

        // Within the algorithm nothing overflows or vanishes then; a power of two is exact.
        double scale = largest == 0 ? 1 : Norms.ScaleFor(largest);
        for (int i = 0; i < matrix.Length; i++)
        {
            double x = matrix[i] * scale;
            matrix[i] = Math.Abs(x) < Vanishing ? 0 : x;
        }

        double[] vectors = WorkArray.Of<double>(matrix.Length), diagonal = WorkArray.Of<double>(matrix.Length), values = WorkArray.Of<double>(order);
        try
        {
            // Its columns are our rows; the matrix is its own transpose.
            engine.Decompositions.EigenDecomp(isSymmetric: true, order, matrix, vectors, new Complex[order], diagonal);
        }
        catch (Exception failure) when (failure is NonConvergenceException or IndexOutOfRangeException)
        {
            // The second is how the provider's search for a split ends when it has met a NaN.
            return null;
        }

        for (int i = 0; i < order; i++)
        {
            values[i] = diagonal[(i * order) + i] / scale;
        }

        return (values, vectors);
    }

    /// <summary><c>X^(-1/p)</c>; All NaN if X is not finite.</summary>
    /// <param name="matrix">X, order by order; overwritten.</param>
    /// <param name="order">The rows.</param>
    /// <param name="p">1 or more.</param>
    /// <param name="least">A known lower bound of the eigenvalues, 0 or more; anything below is rounding error.</param>
    /// <param name="leastShare">The fraction of the largest eigenvalue below which another is rounding error.</param>
    /// <param name="engine">The compute resources.</param>
    public static double[] InverseRoot(double[] matrix, int order, int p, double least, double leastShare, Engine engine)
    {
        double[] root = WorkArray.Of<double>(matrix.Length);
        if (Decompose(matrix, order, engine) is not var (values, vectors))
        {
            root.AsSpan().Fill(double.NaN);
            return root;
        }

        // V diag(v^(-1/p)) V^T as W^T W, so that it is symmetric to the last bit.
        double floor = Math.Max(least, order == 0 ? 0 : values[^1] * leastShare);
        for (int i = 0; i < order; i++)
        {
            double factor = InverseRoot(Math.Max(values[i], floor), 2 * p);
            for (int j = 0; j < order; j++)
            {
                vectors[(i * order) + j] *= factor;
            }
        }

        double[] transposed = WorkArray.Of<double>(matrix.Length);
        Product.Transpose<double>(vectors, transposed, order, order);
        Product.OfSymmetric<double>(transposed, vectors, root, order, order, engine);
        return root;
    }

    /// <summary><c>x^(-1/p)</c>, and 0 for 0: directions without gradients do not move.</summary>
    public static double InverseRoot(double x, int p) => x == 0 ? 0 : 1 / Exact.Root(x, p);
}
