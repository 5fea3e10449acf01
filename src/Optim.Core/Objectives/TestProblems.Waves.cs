using System.Numerics;
using Optim.Lanes;

namespace Optim;

/// <content>Waves and exponentials.</content>
public static partial class TestProblems
{
    /// <summary><c>sin(x + y) + (x - y)^2 - 1.5 x + 2.5 y + 1</c>: the minimum -1.9132... at (1/2 - pi/3, -1/2 - pi/3) within [-1.5, 4] by [-3, 4] (McCormick 1976).</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="parameters">x and y.</param>
    /// <exception cref="ArgumentException">There are not two parameters.</exception>
    public static Tuple<double, TensorSet<T>> McCormick<T>(TensorSet<T> parameters)
        where T : unmanaged, IFloatingPointIeee754<T> => Evaluate(parameters, 2, (p, g) =>
        {
            double x = p[0], y = p[1], turn = (x + y) / Math.PI, cosine = CosPi(turn), apart = x - y;
            g[0] = cosine + (2 * apart) - 1.5;
            g[1] = cosine - (2 * apart) + 2.5;
            return SinPi(turn) + (apart * apart) - (1.5 * x) + (2.5 * y) + 1;
        });

    /// <summary><c>-cos(x) cos(y) e^(-(x - pi)^2 - (y - pi)^2)</c>: flat except for a hole, the minimum -1 at (pi, pi) (Easom 1990).</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="parameters">x and y.</param>
    /// <exception cref="ArgumentException">There are not two parameters.</exception>
    public static Tuple<double, TensorSet<T>> Easom<T>(TensorSet<T> parameters)
        where T : unmanaged, IFloatingPointIeee754<T> => Evaluate(parameters, 2, (p, g) =>
        {
            double x = p[0] - Math.PI, y = p[1] - Math.PI, hole = Exp(-((x * x) + (y * y)));
            double across = CosPi(p[0] / Math.PI), along = CosPi(p[1] / Math.PI);
            g[0] = ((SinPi(p[0] / Math.PI) * along) + (2 * x * across * along)) * hole;
            g[1] = ((SinPi(p[1] / Math.PI) * across) + (2 * y * across * along)) * hole;
            return -across * along * hole;
        });

    /// <summary>
    /// <c>20 + e - 20 e^(-r/5) - e^c</c> with r the root of the mean of x_i^2 and c the mean of cos(2 pi x_i): a funnel with many local minima, the minimum 0 at 0,
    /// where it has a kink and the gradient is returned as 0 (Ackley 1987).
    /// </summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="parameters">x, of any length.</param>
    public static Tuple<double, TensorSet<T>> Ackley<T>(TensorSet<T> parameters)
        where T : unmanaged, IFloatingPointIeee754<T> => Evaluate(parameters, (x, g) =>
        {
            double squares = 0, waves = 0;
            for (int i = 0; i < x.Length; i++)
            {
                squares += x[i] * x[i];
                waves += CosPi(2 * x[i]);
            }

            double radius = Math.Sqrt(squares / Math.Max(1, x.Length)), funnel = 20 * Exp(-radius / 5), dents = Exp(waves / Math.Max(1, x.Length));
            for (int i = 0; i < x.Length; i++)
            {
                double inward = radius == 0 ? 0 : funnel / 5 * (x[i] / radius);
                g[i] = (inward + (2 * Math.PI * dents * SinPi(2 * x[i]))) / x.Length;
            }

            return (20 - funnel) + (Math.E - dents);
        });

    /// <summary>
    /// <c>sin^2(pi w_1) + sum over i below n of (w_i - 1)^2 (1 + 10 sin^2(pi w_i + 1)) + (w_n - 1)^2 (1 + sin^2(2 pi w_n))</c>
    /// with w_i = 1 + (x_i - 1)/4: waves over a bowl, the minimum 0 at (1, ..., 1) (Levy and Montalvo 1985).
    /// </summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="parameters">x, of any length.</param>
    public static Tuple<double, TensorSet<T>> Levy<T>(TensorSet<T> parameters)
        where T : unmanaged, IFloatingPointIeee754<T> => Evaluate(parameters, (x, g) =>
        {
            double f = 0;
            for (int i = 0; i < x.Length; i++)
            {
                double rest = (x[i] - 1) / 4, w = 1 + rest;
                if (i == 0)
                {
                    f += Square(SinPi(w));
                    g[i] += Math.PI / 4 * SinPi(2 * w);
                }

                bool last = i == x.Length - 1;
                double turn = last ? 2 * w : w + (1 / Math.PI), height = last ? 1 : 10, wave = 1 + (height * Square(SinPi(turn)));
                f += rest * rest * wave;
                g[i] += ((2 * rest * wave) + (rest * rest * height * Math.PI * (last ? 2 : 1) * SinPi(2 * turn))) / 4;
            }

            return f;
        });

    /// <summary><c>10 n + sum over i of x_i^2 - 10 cos(2 pi x_i)</c>: a local minimum near every integer point, the lowest 0 at 0 (Rastrigin 1974).</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="parameters">x, of any length.</param>
    public static Tuple<double, TensorSet<T>> Rastrigin<T>(TensorSet<T> parameters)
        where T : unmanaged, IFloatingPointIeee754<T> => Evaluate(parameters, (x, g) =>
        {
            double f = 0;
            for (int i = 0; i < x.Length; i++)
            {
                f += (x[i] * x[i]) + (10 * (1 - CosPi(2 * x[i])));
                g[i] = (2 * x[i]) + (20 * Math.PI * SinPi(2 * x[i]));
            }

            return f;
        });

    /// <summary><c>1 - e^(-|x|^2 / 2)</c>: a hole in a plateau on which the gradient vanishes, the minimum 0 at 0.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="parameters">x, of any length.</param>
    public static Tuple<double, TensorSet<T>> Plateau<T>(TensorSet<T> parameters)
        where T : unmanaged, IFloatingPointIeee754<T> => Evaluate(parameters, (x, g) =>
        {
            double hole = Exp(-x.Sum(Square) / 2);
            for (int i = 0; i < x.Length; i++)
            {
                g[i] = x[i] * hole;
            }

            return 1 - hole;
        });

    private static double Square(double x) => x * x;

    /// <summary><c>cos(pi x)</c>; the remainder is exact.</summary>
    private static double CosPi(double x) => Exact.CosPi(Math.Abs(Math.IEEERemainder(x, 2)));

    private static double SinPi(double x)
    {
        double within = Math.IEEERemainder(x, 2);
        return double.IsNaN(within) ? within : Math.Sign(within) * Exact.CosPi(Math.Abs(Math.Abs(within) - 0.5));
    }
}
