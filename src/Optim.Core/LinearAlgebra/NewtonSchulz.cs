using System.Numerics;
using Optim.Tensors;

namespace Optim.LinearAlgebra;

/// <summary>
/// The quintic Newton-Schulz iteration of Muon: from a matrix with singular values in [0, 1], <c>A = X X^T; X = a X + (b A + c A A) X</c>,
/// which keeps the singular vectors and maps every singular value s to <c>a s + b s^3 + c s^5</c>.
/// </summary>
internal static class NewtonSchulz
{
    // Jordan 2024: the steepest at 0 whose fixed points stay within about [0.7, 1.2].
    public const double A = 3.4445, B = -4.7750, C = 2.0315;

    /// <summary>Replaces a matrix by one with the same singular vectors and singular values near 1.</summary>
    /// <param name="x">Rows by columns, row-major.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="columns">The columns.</param>
    /// <param name="divisor">The initial divisor of all elements: the Frobenius norm or a little more.</param>
    /// <param name="steps">The number of iterations.</param>
    /// <param name="engine">The compute resources.</param>
    public static void Orthogonalize<T>(Span<T> x, int rows, int columns, double divisor, int steps, Engine engine)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < x.Length; i++)
        {
            x[i] = T.CreateTruncating(double.CreateTruncating(x[i]) / divisor);
        }

        if (rows <= columns)
        {
            Iterate(x, rows, columns, steps, engine);
            return;
        }

        // The square factor has the side of the smaller dimension.
        T[] flat = WorkArray.Of<T>(x.Length);
        Product.Transpose<T>(x, flat, rows, columns);
        Iterate<T>(flat, columns, rows, steps, engine);
        Product.Transpose<T>(flat, x, columns, rows);
    }

    private static void Iterate<T>(Span<T> x, int rows, int columns, int steps, Engine engine)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] square = WorkArray.Of<T>(rows * rows), fourth = WorkArray.Of<T>(rows * rows);
        Span<T> current = x, next = WorkArray.Of<T>(x.Length);
        for (int step = 0; step < steps; step++)
        {
            Product.Transpose<T>(current, next, rows, columns);
            Product.OfSymmetric<T>(current, next, square, rows, columns, engine);
            Product.OfSymmetric<T>(square, square, fourth, rows, rows, engine);
            Vectors.Combine<T>(fourth, C, B, square);
            Product.Of<T>(fourth, current, next, rows, rows, columns, engine);
            Vectors.AddMultiple<T>(next, A, current);
            var spent = current;
            current = next;
            next = spent;
        }

        if (steps % 2 == 1)
        {
            current.CopyTo(x);
        }
    }
}
