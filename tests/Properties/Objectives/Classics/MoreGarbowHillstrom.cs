using static Optim.Properties.Objectives.Classics.Dual;

namespace Optim.Properties.Objectives.Classics;

/// <summary>
/// The test functions, starts and minima of Moré, Garbow and Hillstrom 1981, Testing unconstrained optimization software, ACM TOMS 7(1), in their order
/// and under their numbers; without the three linear ones.
/// </summary>
internal static class MoreGarbowHillstrom
{
    private static readonly double[] Bard = [0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.10, 4.39];

    private static readonly double[] Gaussian =
        [0.0009, 0.0044, 0.0175, 0.0540, 0.1295, 0.2420, 0.3521, 0.3989, 0.3521, 0.2420, 0.1295, 0.0540, 0.0175, 0.0044, 0.0009];

    private static readonly double[] Meyer =
        [34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744, 8261, 7030, 6005, 5147, 4427, 3820, 3307, 2872];

    private static readonly double[] KowalikOsborne = [0.1957, 0.1947, 0.1735, 0.1600, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246];

    private static readonly double[] KowalikOsborneAt = [4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625];

    private static readonly double[] Osborne1 =
    [
        0.844, 0.908, 0.932, 0.936, 0.925, 0.908, 0.881, 0.850, 0.818, 0.784, 0.751, 0.718, 0.685, 0.658, 0.628, 0.603, 0.580, 0.558, 0.538, 0.522, 0.506,
        0.490, 0.478, 0.467, 0.457, 0.448, 0.438, 0.431, 0.424, 0.420, 0.414, 0.411, 0.406,
    ];

    private static readonly double[] Osborne2 =
    [
        1.366, 1.191, 1.112, 1.013, 0.991, 0.885, 0.831, 0.847, 0.786, 0.725, 0.746, 0.679, 0.608, 0.655, 0.616, 0.606, 0.602, 0.626, 0.651, 0.724, 0.649,
        0.649, 0.694, 0.644, 0.624, 0.661, 0.612, 0.558, 0.533, 0.495, 0.500, 0.423, 0.395, 0.375, 0.372, 0.391, 0.396, 0.405, 0.428, 0.429, 0.523, 0.562,
        0.607, 0.653, 0.672, 0.708, 0.633, 0.668, 0.645, 0.632, 0.591, 0.559, 0.597, 0.625, 0.739, 0.710, 0.729, 0.720, 0.636, 0.581, 0.428, 0.292, 0.162,
        0.098, 0.054,
    ];

    public static IReadOnlyList<ClassicProblem> All { get; } =
    [
        new("1 Rosenbrock", [-1.2, 1], [0], x => [10 * (x[1] - Square(x[0])), 1 - x[0]]),
        new("2 Freudenstein and Roth", [0.5, -2], [0, 48.9842], x =>
        [
            -13 + x[0] + ((((5 - x[1]) * x[1]) - 2) * x[1]),
            -29 + x[0] + ((((x[1] + 1) * x[1]) - 14) * x[1]),
        ]),
        new("3 Powell badly scaled", [0, 1], [0], x => [(1e4 * x[0] * x[1]) - 1, Exp(-x[0]) + Exp(-x[1]) - 1.0001]),
        new("4 Brown badly scaled", [1, 1], [0], x => [x[0] - 1e6, x[1] - 2e-6, (x[0] * x[1]) - 2]),
        new("5 Beale", [1, 1], [0], x => [1.5 - (x[0] * (1 - x[1])), 2.25 - (x[0] * (1 - Power(x[1], 2))), 2.625 - (x[0] * (1 - Power(x[1], 3)))]),
        new("6 Jennrich and Sampson", [0.3, 0.4], [124.362], x => From1(10, i => 2 + (2 * i) - (Exp(i * x[0]) + Exp(i * x[1])))),
        new("7 helical valley", [-1, 0, 0], [0], x =>
        [
            10 * (x[2] - (10 * ((Atan(x[1] / x[0]) / (2 * Math.PI)) + (x[0].Value < 0 ? 0.5 : 0)))),
            10 * (Sqrt(Square(x[0]) + Square(x[1])) - 1),
            x[2],
        ]),
        new("8 Bard", [1, 1, 1], [8.21487e-3], x => From1(15, i => Bard[i - 1] - (x[0] + (i / (((16 - i) * x[1]) + (Math.Min(i, 16 - i) * x[2])))))),
        new("9 Gaussian", [0.4, 1, 0], [1.12793e-8], x => From1(15, i => (x[0] * Exp(-x[1] * Square(((8 - i) / 2.0) - x[2]) / 2)) - Gaussian[i - 1])),
        new("10 Meyer", [0.02, 4000, 250], [87.9458], x => From1(16, i => (x[0] * Exp(x[1] / (45 + (5 * i) + x[2]))) - Meyer[i - 1])),
        new("11 Gulf research and development", [5, 2.5, 0.15], [0], x => From1(99, i => GulfResidual(x, i / 100.0))),
        new("12 Box three-dimensional", [0, 10, 20], [0], x => From1(10, i =>
            Exp(-0.1 * i * x[0]) - Exp(-0.1 * i * x[1]) - (x[2] * (Math.Exp(-0.1 * i) - Math.Exp(-i))))),
        new("13 Powell singular", [3, -1, 0, 1], [0], PowellSingular),
        new("14 Wood", [-3, -1, -3, -1], [0], x =>
        [
            10 * (x[1] - Square(x[0])), 1 - x[0], Math.Sqrt(90) * (x[3] - Square(x[2])), 1 - x[2],
            Math.Sqrt(10) * (x[1] + x[3] - 2), (x[1] - x[3]) / Math.Sqrt(10),
        ]),
        new("15 Kowalik and Osborne", [0.25, 0.39, 0.415, 0.39], [3.07505e-4], x => KowalikOsborneAt.Zip(KowalikOsborne, (u, y) =>
            y - (x[0] * ((u * u) + (u * x[1])) / ((u * u) + (u * x[2]) + x[3])))),
        new("16 Brown and Dennis", [25, 5, -5, -1], [85822.2], x => From1(20, i =>
            Square(x[0] + (i / 5.0 * x[1]) - Math.Exp(i / 5.0)) + Square(x[2] + (x[3] * Math.Sin(i / 5.0)) - Math.Cos(i / 5.0)))),
        new("17 Osborne 1", [0.5, 1.5, -1, 0.01, 0.02], [5.46489e-5], x => From1(33, i =>
            Osborne1[i - 1] - (x[0] + (x[1] * Exp(-10.0 * (i - 1) * x[3])) + (x[2] * Exp(-10.0 * (i - 1) * x[4]))))),
        new("18 Biggs EXP6", [1, 2, 1, 1, 1, 1], [0, 5.65565e-3], x => From1(13, i =>
            (x[2] * Exp(-0.1 * i * x[0])) - (x[3] * Exp(-0.1 * i * x[1])) + (x[5] * Exp(-0.1 * i * x[4]))
            - (Math.Exp(-0.1 * i) - (5 * Math.Exp(-i)) + (3 * Math.Exp(-0.4 * i))))),
        new("19 Osborne 2", [1.3, 0.65, 0.65, 0.7, 0.6, 3, 5, 7, 2, 4.5, 5.5], [4.01377e-2], x => From1(65, i => Osborne2Residual(x, i))),
        new("20 Watson, 6", new double[6], [2.28767e-3], Watson),
        new("20 Watson, 9", new double[9], [1.39976e-6], Watson),
        new("21 extended Rosenbrock, 20", Repeated(20, -1.2, 1), [0], x => Enumerable.Range(0, x.Length / 2).SelectMany(i =>
            new[] { 10 * (x[(2 * i) + 1] - Square(x[2 * i])), 1 - x[2 * i] })),
        new("22 extended Powell singular, 20", Repeated(20, 3, -1, 0, 1), [0], x => Enumerable.Range(0, x.Length / 4).SelectMany(i =>
            PowellSingular(x[(4 * i)..((4 * i) + 4)]))),
        new("23 penalty I, 4", Ramp(4), [2.24997e-5], PenaltyI),
        new("23 penalty I, 10", Ramp(10), [7.08765e-5], PenaltyI),
        new("24 penalty II, 4", Repeated(4, 0.5), [9.37629e-6], PenaltyII),
        new("24 penalty II, 10", Repeated(10, 0.5), [2.93660e-4], PenaltyII),
        new("25 variably dimensioned, 10", [.. Ramp(10).Select(i => 1 - (i / 10))], [0], x =>
        {
            var sum = Sum(x.Select((v, j) => (j + 1) * (v - 1)));
            return [.. x.Select(v => v - 1), sum, Square(sum)];
        }),
        new("26 trigonometric, 10", Repeated(10, 0.1), [0, 2.79506e-5], x =>
        {
            var cosines = Sum(x.Select(Cos));
            return x.Select((v, i) => x.Length - cosines + ((i + 1) * (1 - Cos(v))) - Sin(v));
        }),
        new("27 Brown almost linear, 10", Repeated(10, 0.5), [0, 1], x =>
        {
            var sum = Sum(x);
            return [.. x[..^1].Select(v => v + sum - (x.Length + 1)), x.Aggregate((a, b) => a * b) - 1];
        }),
        new("28 discrete boundary value, 10", [.. Ramp(10).Select(i => i / 11 * ((i / 11) - 1))], [0], x => x.Select((v, i) =>
            (2 * v) - At(x, i - 1) - At(x, i + 1) + (Power(v + ((i + 1) / 11.0) + 1, 3) / (2 * 11.0 * 11)))),
        new("29 discrete integral equation, 10", [.. Ramp(10).Select(i => i / 11 * ((i / 11) - 1))], [0], DiscreteIntegral),
        new("30 Broyden tridiagonal, 10", Repeated(10, -1), [0], x => x.Select((v, i) => ((3 - (2 * v)) * v) - At(x, i - 1) - (2 * At(x, i + 1)) + 1)),
        new("31 Broyden banded, 10", Repeated(10, -1), [0], x => x.Select((v, i) =>
            (v * (2 + (5 * Square(v)))) + 1 - Sum(Enumerable.Range(i - 5, 7).Where(j => j != i).Select(j => At(x, j) * (1 + At(x, j)))))),
        new("35 Chebyquad, 8", [.. Ramp(8).Select(i => i / 9)], [3.51687e-3], Chebyquad),
        new("35 Chebyquad, 10", [.. Ramp(10).Select(i => i / 11)], [6.50395e-3, 4.77271e-3], Chebyquad),
    ];

    private static IEnumerable<Dual> From1(int count, Func<int, Dual> residual) => Enumerable.Range(1, count).Select(residual);

    private static double[] Repeated(int count, params double[] values) => [.. Enumerable.Range(0, count).Select(i => values[i % values.Length])];

    private static double[] Ramp(int count) => [.. Enumerable.Range(1, count).Select(i => (double)i)];

    private static Dual Sum(IEnumerable<Dual> terms) => terms.Aggregate((a, b) => a + b);

    /// <summary>A parameter, 0 beyond the ends.</summary>
    private static Dual At(Dual[] x, int i) => i >= 0 && i < x.Length ? x[i] : x[0] * 0;

    private static Dual GulfResidual(Dual[] x, double t)
    {
        double y = 25 + Math.Pow(-50 * Math.Log(t), 2.0 / 3);
        var distance = y - x[1];
        return Exp(-Exp(x[2] * Log(distance.Value < 0 ? -distance : distance)) / x[0]) - t;
    }

    private static Dual[] PowellSingular(Dual[] x) =>
        [x[0] + (10 * x[1]), Math.Sqrt(5) * (x[2] - x[3]), Square(x[1] - (2 * x[2])), Math.Sqrt(10) * Square(x[0] - x[3])];

    private static Dual Osborne2Residual(Dual[] x, int i)
    {
        double t = (i - 1) / 10.0;
        return Osborne2[i - 1] - ((x[0] * Exp(-t * x[4])) + (x[1] * Exp(-Square(t - x[8]) * x[5])) + (x[2] * Exp(-Square(t - x[9]) * x[6]))
            + (x[3] * Exp(-Square(t - x[10]) * x[7])));
    }

    private static IEnumerable<Dual> Watson(Dual[] x) =>
    [
        .. From1(29, i =>
        {
            double t = i / 29.0;
            return Sum(x.Skip(1).Select((v, j) => (j + 1) * Math.Pow(t, j) * v)) - Square(Sum(x.Select((v, j) => Math.Pow(t, j) * v))) - 1;
        }),
        x[0],
        x[1] - Square(x[0]) - 1,
    ];

    private static IEnumerable<Dual> PenaltyI(Dual[] x) => [.. x.Select(v => Math.Sqrt(1e-5) * (v - 1)), Sum(x.Select(Square)) - 0.25];

    private static IEnumerable<Dual> PenaltyII(Dual[] x)
    {
        double a = Math.Sqrt(1e-5);
        return
        [
            x[0] - 0.2,
            .. Enumerable.Range(1, x.Length - 1).Select(i => a * (Exp(x[i] / 10) + Exp(x[i - 1] / 10) - (Math.Exp((i + 1) / 10.0) + Math.Exp(i / 10.0)))),
            .. x.Skip(1).Select(v => a * (Exp(v / 10) - Math.Exp(-0.1))),
            Sum(x.Select((v, j) => (x.Length - j) * Square(v))) - 1,
        ];
    }

    private static IEnumerable<Dual> DiscreteIntegral(Dual[] x)
    {
        double h = 1.0 / (x.Length + 1);
        double[] t = [.. Enumerable.Range(1, x.Length).Select(i => i * h)];
        Dual[] cubes = [.. x.Select((v, j) => Power(v + t[j] + 1, 3))];
        return x.Select((v, i) => v + (h / 2 * Sum(cubes.Select((c, j) => (j <= i ? (1 - t[i]) * t[j] : t[i] * (1 - t[j])) * c))));
    }

    /// <summary>The shifted Chebyshev polynomials' means over the parameters, less their integrals over [0, 1].</summary>
    private static IEnumerable<Dual> Chebyquad(Dual[] x)
    {
        Dual[] before = [.. x.Select(v => (v * 0) + 1)], at = [.. x.Select(v => (2 * v) - 1)];
        for (int i = 1; i <= x.Length; i++)
        {
            yield return (Sum(at) / x.Length) + (i % 2 == 0 ? 1 / ((double)(i * i) - 1) : 0);
            (before, at) = (at, [.. x.Select((v, j) => (2 * ((2 * v) - 1) * at[j]) - before[j])]);
        }
    }
}
