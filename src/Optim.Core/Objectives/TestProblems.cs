using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Lanes;

namespace Optim;

/// <summary>
/// Test functions for optimizers, with their gradients: each takes parameters, all tensors concatenated, and returns value and
/// gradient, so it can be passed to <see cref="Optimizer.Minimize{T}"/> directly (in F# as <c>fun p -> TestProblems.Rosenbrock p</c>).
/// </summary>
/// <remarks>Computed in double whatever the parameters are, with the same bits on every machine.</remarks>
public static partial class TestProblems
{
    /// <summary><c>sum over i of 100 (x_(i+1) - x_i^2)^2 + (1 - x_i)^2</c>: a curved valley, the minimum 0 at (1, ..., 1) (Rosenbrock 1960). Usual start: (-1.2, 1).</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="parameters">x, of any length.</param>
    public static Tuple<double, TensorSet<T>> Rosenbrock<T>(TensorSet<T> parameters)
        where T : unmanaged, IFloatingPointIeee754<T> => Evaluate(parameters, (x, g) =>
        {
            double f = 0;
            for (int i = 0; i + 1 < x.Length; i++)
            {
                double bend = x[i + 1] - (x[i] * x[i]), rest = 1 - x[i];
                f += (100 * bend * bend) + (rest * rest);
                g[i] += (-400 * x[i] * bend) - (2 * rest);
                g[i + 1] += 200 * bend;
            }

            return f;
        });

    /// <summary><c>(x^2 + y - 11)^2 + (x + y^2 - 7)^2</c>: four minima of 0, one at (3, 2) (Himmelblau 1972).</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="parameters">x and y.</param>
    /// <exception cref="ArgumentException">There are not two parameters.</exception>
    public static Tuple<double, TensorSet<T>> Himmelblau<T>(TensorSet<T> parameters)
        where T : unmanaged, IFloatingPointIeee754<T> => Evaluate(parameters, 2, (p, g) =>
        {
            double x = p[0], y = p[1], a = (x * x) + y - 11, b = x + (y * y) - 7;
            g[0] = (4 * x * a) + (2 * b);
            g[1] = (2 * a) + (4 * y * b);
            return (a * a) + (b * b);
        });

    /// <summary><c>(1.5 - x + x y)^2 + (2.25 - x + x y^2)^2 + (2.625 - x + x y^3)^2</c>: flat with steep walls, the minimum 0 at (3, 0.5) (Beale 1958).</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="parameters">x and y.</param>
    /// <exception cref="ArgumentException">There are not two parameters.</exception>
    public static Tuple<double, TensorSet<T>> Beale<T>(TensorSet<T> parameters)
        where T : unmanaged, IFloatingPointIeee754<T> => Evaluate(parameters, 2, (p, g) =>
        {
            double x = p[0], y = p[1], y2 = y * y, y3 = y2 * y;
            double a = 1.5 - x + (x * y), b = 2.25 - x + (x * y2), c = 2.625 - x + (x * y3);
            g[0] = (2 * a * (y - 1)) + (2 * b * (y2 - 1)) + (2 * c * (y3 - 1));
            g[1] = (2 * a * x) + (4 * b * x * y) + (6 * c * x * y2);
            return (a * a) + (b * b) + (c * c);
        });

    /// <summary><c>(x + 2 y - 7)^2 + (2 x + y - 5)^2</c>: a bowl, the minimum 0 at (1, 3) (Booth).</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="parameters">x and y.</param>
    /// <exception cref="ArgumentException">There are not two parameters.</exception>
    public static Tuple<double, TensorSet<T>> Booth<T>(TensorSet<T> parameters)
        where T : unmanaged, IFloatingPointIeee754<T> => Evaluate(parameters, 2, (p, g) =>
        {
            double a = p[0] + (2 * p[1]) - 7, b = (2 * p[0]) + p[1] - 5;
            g[0] = (2 * a) + (4 * b);
            g[1] = (4 * a) + (2 * b);
            return (a * a) + (b * b);
        });

    /// <summary><c>1/2 sum over i of x_i^4 - 16 x_i^2 + 5 x_i</c>: a local minimum in each orthant, the lowest at -2.9035..., with value -39.166... per element (Styblinski and Tang 1990).</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="parameters">x, of any length.</param>
    public static Tuple<double, TensorSet<T>> StyblinskiTang<T>(TensorSet<T> parameters)
        where T : unmanaged, IFloatingPointIeee754<T> => Evaluate(parameters, (x, g) =>
        {
            double f = 0;
            for (int i = 0; i < x.Length; i++)
            {
                double square = x[i] * x[i];
                f += (square * square) - (16 * square) + (5 * x[i]);
                g[i] = (2 * square * x[i]) - (16 * x[i]) + 2.5;
            }

            return 0.5 * f;
        });

    /// <summary><c>1/2 (x - c)^T A (x - c)</c>.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="matrix">A, symmetric; copied.</param>
    /// <param name="center">c, where the gradient is 0; copied.</param>
    /// <returns>The function, of as many parameters as c has.</returns>
    /// <exception cref="ArgumentException">The matrix is not square of c's size, or not symmetric.</exception>
    public static Func<TensorSet<T>, Tuple<double, TensorSet<T>>> Quadratic<T>(double[,] matrix, IReadOnlyList<double> center)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(matrix);
        ArgumentNullException.ThrowIfNull(center);
        double[,] a = (double[,])matrix.Clone();
        double[] c = [.. center];
        RequireShape(a, c.Length, c.Length, nameof(matrix));
        if (Enumerable.Range(0, c.Length).Any(i => Enumerable.Range(0, i).Any(j => !a[i, j].Equals(a[j, i]))))
        {
            throw new ArgumentException("The matrix must be symmetric.", nameof(matrix));
        }

        return parameters => Evaluate(parameters, c.Length, (x, g) =>
        {
            double f = 0;
            for (int i = 0; i < c.Length; i++)
            {
                for (int j = 0; j < c.Length; j++)
                {
                    g[i] += a[i, j] * (x[j] - c[j]);
                }

                f += (x[i] - c[i]) * g[i];
            }

            return 0.5 * f;
        });
    }

    /// <summary>Logistic regression without an intercept: <c>mean over i of ln(1 + e^(-y_i X_i.w)) + l2/2 |w|^2</c>.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="examples">X, one example per row; copied.</param>
    /// <param name="labels">y, -1 or 1 for each example; copied.</param>
    /// <param name="l2">The weight of the regularisation, 0 or more.</param>
    /// <returns>The function, of as many parameters as an example has features.</returns>
    /// <exception cref="ArgumentException">There is not one label of -1 or 1 for each example, or there are no examples.</exception>
    public static Func<TensorSet<T>, Tuple<double, TensorSet<T>>> Logistic<T>(double[,] examples, IReadOnlyList<double> labels, double l2 = 0)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentNullException.ThrowIfNull(labels);
        Constraint.NonNegative.Check(l2, nameof(l2));
        double[,] rows = (double[,])examples.Clone();
        double[] signs = [.. labels];
        RequireShape(rows, signs.Length, rows.GetLength(1), nameof(examples));
        if (signs.Length == 0 || signs.Any(y => y is not (1 or -1)))
        {
            throw new ArgumentException("There must be examples, and each label must be -1 or 1.", nameof(labels));
        }

        return parameters => Evaluate(parameters, rows.GetLength(1), (w, g) =>
        {
            double loss = 0, squares = 0;
            for (int i = 0; i < signs.Length; i++)
            {
                double margin = 0;
                for (int j = 0; j < w.Length; j++)
                {
                    margin += rows[i, j] * w[j];
                }

                margin *= signs[i];
                loss += Math.Max(0, -margin) + LogOnePlus(Exp(-Math.Abs(margin)));
                double pull = signs[i] / (1 + Exp(margin)) / signs.Length;
                for (int j = 0; j < w.Length; j++)
                {
                    g[j] -= pull * rows[i, j];
                }
            }

            for (int j = 0; j < w.Length; j++)
            {
                g[j] += l2 * w[j];
                squares += w[j] * w[j];
            }

            return (loss / signs.Length) + (0.5 * l2 * squares);
        });
    }

    private static Tuple<double, TensorSet<T>> Evaluate<T>(TensorSet<T> parameters, int length, Func<double[], double[], double> function, [CallerMemberName] string name = "")
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(parameters);
        return parameters.Length == length
            ? Evaluate(parameters, function)
            : throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"{name} is a function of {length} parameters here, was given {parameters.Length}."), nameof(parameters));
    }

    private static Tuple<double, TensorSet<T>> Evaluate<T>(TensorSet<T> parameters, Func<double[], double[], double> function)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(parameters);
        double[] x = new double[parameters.Length], gradient = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            x[i] = double.CreateTruncating(parameters.Span[i]);
        }

        double value = function(x, gradient);
        return Tuple.Create(value, TensorSet.Generate(parameters.Layout, i => T.CreateTruncating(gradient[i])));
    }

    private static void RequireShape(double[,] matrix, int rows, int columns, string name)
    {
        if (matrix.GetLength(0) != rows || matrix.GetLength(1) != columns)
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"{name} must be {rows} by {columns}, was {matrix.GetLength(0)} by {matrix.GetLength(1)}."), name);
        }
    }

    private static double Exp(double x) => Unsafe.BitCast<ScalarLane<double>, double>(Exponential.Of<ScalarLane<double>, double>(new(x)));

    /// <summary><c>ln(1 + x)</c> for x in [0, 1]: the rounding of 1 + x cancels in the quotient.</summary>
    private static double LogOnePlus(double x)
    {
        double sum = 1 + x;
        return sum == 1 ? x : Exact.Log(sum) * (x / (sum - 1));
    }
}
