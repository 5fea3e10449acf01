using System.Numerics;

namespace Optim;

/// <content>Polynomials.</content>
public static partial class TestProblems
{
    /// <summary><c>sum over i of x_i^2</c>: the sphere function, the minimum 0 at 0.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="parameters">x, of any length.</param>
    public static Tuple<double, TensorSet<T>> Sphere<T>(TensorSet<T> parameters)
        where T : unmanaged, IFloatingPointIeee754<T> => Evaluate(parameters, (x, g) =>
        {
            double f = 0;
            for (int i = 0; i < x.Length; i++)
            {
                f += x[i] * x[i];
                g[i] = 2 * x[i];
            }

            return f;
        });

    /// <summary><c>0.26 (x^2 + y^2) - 0.48 x y</c>: a bowl 25 times as long as wide, the minimum 0 at (0, 0) (Matyas 1965).</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="parameters">x and y.</param>
    /// <exception cref="ArgumentException">There are not two parameters.</exception>
    public static Tuple<double, TensorSet<T>> Matyas<T>(TensorSet<T> parameters)
        where T : unmanaged, IFloatingPointIeee754<T> => Evaluate(parameters, 2, (p, g) =>
        {
            double x = p[0], y = p[1];
            g[0] = (0.52 * x) - (0.48 * y);
            g[1] = (0.52 * y) - (0.48 * x);
            return (0.26 * ((x * x) + (y * y))) - (0.48 * x * y);
        });

    /// <summary><c>2 x^2 - 1.05 x^4 + x^6/6 + x y + y^2</c>: three minima, the lowest 0 at (0, 0) (Dixon and Szego 1975).</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="parameters">x and y.</param>
    /// <exception cref="ArgumentException">There are not two parameters.</exception>
    public static Tuple<double, TensorSet<T>> ThreeHumpCamel<T>(TensorSet<T> parameters)
        where T : unmanaged, IFloatingPointIeee754<T> => Evaluate(parameters, 2, (p, g) =>
        {
            double x = p[0], y = p[1], x2 = x * x, x4 = x2 * x2;
            g[0] = (4 * x) - (4.2 * x2 * x) + (x4 * x) + y;
            g[1] = x + (2 * y);
            return (2 * x2) - (1.05 * x4) + (x4 * x2 / 6) + (x * y) + (y * y);
        });

    /// <summary>
    /// <c>(1 + (x + y + 1)^2 (19 - 14 x + 3 x^2 - 14 y + 6 x y + 3 y^2)) (30 + (2 x - 3 y)^2 (18 - 32 x + 12 x^2 + 48 y - 36 x y + 27 y^2))</c>:
    /// values over six decades, four minima, the lowest 3 at (0, -1) (Goldstein and Price 1971).
    /// </summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="parameters">x and y.</param>
    /// <exception cref="ArgumentException">There are not two parameters.</exception>
    public static Tuple<double, TensorSet<T>> GoldsteinPrice<T>(TensorSet<T> parameters)
        where T : unmanaged, IFloatingPointIeee754<T> => Evaluate(parameters, 2, (v, g) =>
        {
            double x = v[0], y = v[1], a = x + y + 1, b = (2 * x) - (3 * y);
            double p = 19 - (14 * x) + (3 * x * x) - (14 * y) + (6 * x * y) + (3 * y * y);
            double q = 18 - (32 * x) + (12 * x * x) + (48 * y) - (36 * x * y) + (27 * y * y);
            double first = 1 + (a * a * p), second = 30 + (b * b * q);
            double slope = (2 * a * p) + (a * a * ((6 * x) + (6 * y) - 14));
            g[0] = (slope * second) + (first * ((4 * b * q) + (b * b * ((24 * x) - (36 * y) - 32))));
            g[1] = (slope * second) + (first * ((b * b * ((54 * y) - (36 * x) + 48)) - (6 * b * q)));
            return first * second;
        });

    /// <summary>
    /// <c>100 (a^2 - b)^2 + (a - 1)^2 + (c - 1)^2 + 90 (c^2 - d)^2 + 10.1 ((b - 1)^2 + (d - 1)^2) + 19.8 (b - 1) (d - 1)</c>:
    /// two coupled curved valleys, the minimum 0 at (1, 1, 1, 1) (Colville 1968). Usual start: (-3, -1, -3, -1).
    /// </summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="parameters">a, b, c and d.</param>
    /// <exception cref="ArgumentException">There are not four parameters.</exception>
    public static Tuple<double, TensorSet<T>> Colville<T>(TensorSet<T> parameters)
        where T : unmanaged, IFloatingPointIeee754<T> => Evaluate(parameters, 4, (p, g) =>
        {
            double first = (p[0] * p[0]) - p[1], second = (p[2] * p[2]) - p[3], a = p[0] - 1, b = p[1] - 1, c = p[2] - 1, d = p[3] - 1;
            g[0] = (400 * p[0] * first) + (2 * a);
            g[1] = (-200 * first) + (20.2 * b) + (19.8 * d);
            g[2] = (360 * p[2] * second) + (2 * c);
            g[3] = (-180 * second) + (20.2 * d) + (19.8 * b);
            return (100 * first * first) + (a * a) + (c * c) + (90 * second * second) + (10.1 * ((b * b) + (d * d))) + (19.8 * b * d);
        });

    /// <summary><c>x^2/2 - y^2/2 + y^4/4</c>: a saddle at (0, 0), from which it descends to -1/4 at (0, -1) and (0, 1).</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="parameters">x and y.</param>
    /// <exception cref="ArgumentException">There are not two parameters.</exception>
    public static Tuple<double, TensorSet<T>> Saddle<T>(TensorSet<T> parameters)
        where T : unmanaged, IFloatingPointIeee754<T> => Evaluate(parameters, 2, (p, g) =>
        {
            double x = p[0], y = p[1], y2 = y * y;
            g[0] = x;
            g[1] = (y2 * y) - y;
            return (0.5 * x * x) - (0.5 * y2) + (0.25 * y2 * y2);
        });

    /// <summary>Linear regression: <c>mean over i of (X_i.w - y_i)^2</c>; a column of ones is the intercept.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="examples">X, one example per row; copied.</param>
    /// <param name="targets">y, one for each example; copied.</param>
    /// <returns>The function, of as many parameters as an example has features.</returns>
    /// <exception cref="ArgumentException">There is not one target for each example, or there are no examples.</exception>
    public static Func<TensorSet<T>, Tuple<double, TensorSet<T>>> LeastSquares<T>(double[,] examples, IReadOnlyList<double> targets)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentNullException.ThrowIfNull(targets);
        double[,] rows = (double[,])examples.Clone();
        double[] values = [.. targets];
        RequireShape(rows, values.Length, rows.GetLength(1), nameof(examples));
        if (values.Length == 0)
        {
            throw new ArgumentException("There must be examples.", nameof(targets));
        }

        return parameters => Evaluate(parameters, rows.GetLength(1), (w, g) =>
        {
            double squares = 0;
            for (int i = 0; i < values.Length; i++)
            {
                double error = -values[i];
                for (int j = 0; j < w.Length; j++)
                {
                    error += rows[i, j] * w[j];
                }

                squares += error * error;
                for (int j = 0; j < w.Length; j++)
                {
                    g[j] += 2 * error * rows[i, j] / values.Length;
                }
            }

            return squares / values.Length;
        });
    }
}
