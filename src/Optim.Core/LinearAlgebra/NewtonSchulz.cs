using System.Numerics;
using Optim.Tensors;

namespace Optim.LinearAlgebra;

/// <summary>
/// The quintic Newton-Schulz iteration of Muon: from a matrix with singular values in [0, 1], <c>A = X X^T; X = a X + (b A + c A A) X</c>,
/// which keeps the singular vectors and maps every singular value s to <c>a s + b s^3 + c s^5</c>.
/// </summary>
internal static class NewtonSchulz
{
    /// <summary>Jordan 2024: the steepest at 0 whose fixed points stay within about [0.7, 1.2].</summary>
    public static IReadOnlyList<double> Original { get; } = Array.AsReadOnly([3.4445, -4.7750, 2.0315]);

    /// <summary>Replaces a matrix by one with the same singular vectors and singular values near 1.</summary>
    /// <param name="x">Rows by columns, row-major.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="columns">The columns.</param>
    /// <param name="divisor">The initial divisor of all elements: the Frobenius norm or a little more.</param>
    /// <param name="coefficients">a, b and c of each iteration in turn; the last three are those of all that follow.</param>
    /// <param name="steps">The number of iterations.</param>
    /// <param name="engine">The compute resources.</param>
    /// <param name="prepare">Makes the first iterate of the divided matrix, rows by columns, which has no more rows than columns; null where it is that.</param>
    public static void Orthogonalize<T>(
        Span<T> x, int rows, int columns, double divisor, IReadOnlyList<double> coefficients, int steps, Engine engine, Scaling<T>? prepare = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < x.Length; i++)
        {
            x[i] = T.CreateTruncating(double.CreateTruncating(x[i]) / divisor);
        }

        if (rows <= columns)
        {
            prepare?.Invoke(x, rows, columns);
            Iterate(x, rows, columns, coefficients, steps, engine);
            return;
        }

        // The square factor has the side of the smaller dimension.
        T[] flat = WorkArray.Of<T>(x.Length);
        Product.Transpose<T>(x, flat, rows, columns);
        prepare?.Invoke(flat, columns, rows);
        Iterate<T>(flat, columns, rows, coefficients, steps, engine);
        Product.Transpose<T>(flat, x, columns, rows);
    }

    private static void Iterate<T>(Span<T> x, int rows, int columns, IReadOnlyList<double> coefficients, int steps, Engine engine)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] square = WorkArray.Of<T>(rows * rows), fourth = WorkArray.Of<T>(rows * rows);
        Span<T> current = x, next = WorkArray.Of<T>(x.Length);
        for (int step = 0; step < steps; step++)
        {
            int triple = Math.Min(3 * step, coefficients.Count - 3);
            double a = coefficients[triple], b = coefficients[triple + 1], c = coefficients[triple + 2];
            Product.Transpose<T>(current, next, rows, columns);
            Product.OfSymmetric<T>(current, next, square, rows, columns, engine);
            Product.OfSymmetric<T>(square, square, fourth, rows, rows, engine);
            Vectors.Combine<T>(fourth, c, b, square);
            Product.Of<T>(fourth, current, next, rows, rows, columns, engine);
            Vectors.AddMultiple<T>(next, a, current);
            var spent = current;
            current = next;
            next = spent;
        }

        if (steps % 2 == 1)
        {
            current.CopyTo(x);
        }
    }

    /// <summary>Changes a matrix in place.</summary>
    /// <param name="x">Rows by columns, row-major.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="columns">The columns.</param>
    public delegate void Scaling<T>(Span<T> x, int rows, int columns)
        where T : unmanaged, IFloatingPointIeee754<T>;
}
