using Optim.Lanes;

namespace Optim;

/// <summary>The landscapes and their data.</summary>
internal static class LandscapeCatalogue
{
    private const int Examples = 40;

    /// <summary>Every landscape.</summary>
    public static Landscape[] Create() =>
    [
        new("sphere", "Sphere", "x^2 + y^2: the roundest bowl", TestProblems.Sphere, [-4, 3], 0, [[0, 0]], [-5, -5], [5, 5]),
        new("booth", "Booth", "(x + 2y - 7)^2 + (2x + y - 5)^2: a bowl", TestProblems.Booth, [-8, -6], 0, [[1, 3]], [-10, -10], [10, 10]),
        new("matyas", "Matyas", "0.26 (x^2 + y^2) - 0.48 x y: a long bowl", TestProblems.Matyas, [-8, 4], 0, [[0, 0]], [-10, -10], [10, 10]),
        new(
            "ill-conditioned", "Ill-conditioned quadratic", "(x^2 + 100 y^2) / 2: a ravine, ten times as long as wide",
            TestProblems.Quadratic<double>(new double[,] { { 1, 0 }, { 0, 100 } }, [0, 0]), [-9, 1], 0, [[0, 0]], [-10, -2], [4, 2]),
        new("rosenbrock", "Rosenbrock", "100 (y - x^2)^2 + (1 - x)^2: a bent valley", TestProblems.Rosenbrock, [-1.2, 1], 0, [[1, 1]], [-2, -1], [2, 3]),
        new("beale", "Beale", "flat with steep walls", TestProblems.Beale, [1, 1], 0, [[3, 0.5]], [-1, -1.5], [4.5, 1.5]),
        new(
            "himmelblau", "Himmelblau", "(x^2 + y - 11)^2 + (x + y^2 - 7)^2: four minima", TestProblems.Himmelblau, [-0.5, -0.5], 0,
            [[3, 2], [-2.805118086952745, 3.131312518250573], [-3.779310253377747, -3.283185991286170], [3.584428340330492, -1.848126526964404]],
            [-6, -6], [6, 6]),
        new(
            "mccormick", "McCormick", "sin(x + y) + (x - y)^2 - 1.5x + 2.5y + 1: a wave on a ravine", TestProblems.McCormick, [3, 2], -1.913222954981037,
            [[0.5 - (Math.PI / 3), -0.5 - (Math.PI / 3)]], [-1.5, -3], [4, 4]),
        new(
            "three-hump-camel", "Three-hump camel", "2x^2 - 1.05x^4 + x^6/6 + x y + y^2: three minima", TestProblems.ThreeHumpCamel, [-0.8, 1.8], 0, [[0, 0]],
            [-2.5, -2.5], [2.5, 2.5]),
        new(
            "goldstein-price", "Goldstein-Price", "values over six decades, four minima", TestProblems.GoldsteinPrice, [-1, 0.5], 3, [[0, -1]], [-2, -2], [2, 2]),
        new(
            "styblinski-tang", "Styblinski-Tang", "(x^4 - 16x^2 + 5x + y^4 - 16y^2 + 5y) / 2: a minimum in each quadrant", TestProblems.StyblinskiTang,
            [-0.5, -0.2], -78.33233140754284, [[-2.903534027771178, -2.903534027771178]], [-5, -5], [5, 5]),
        new(
            "saddle", "Saddle", "x^2/2 - y^2/2 + y^4/4: almost level at (0, 0), and not the end", TestProblems.Saddle, [-1.8, 0.001], -0.25, [[0, 1], [0, -1]],
            [-2, -1.6], [2, 1.6]),
        new("plateau", "Plateau", "1 - e^(-(x^2 + y^2)/2): a hole in a level plain", TestProblems.Plateau, [-2.2, 1.8], 0, [[0, 0]], [-4, -4], [4, 4]),
        new(
            "easom", "Easom", "-cos(x) cos(y) e^(-(x - pi)^2 - (y - pi)^2): a hole in a plain with ripples", TestProblems.Easom, [2, 2.2], -1,
            [[Math.PI, Math.PI]], [0, 0], [6, 6]),
        new("ackley", "Ackley", "a funnel full of dents", TestProblems.Ackley, [-3.3, 2.6], 0, [[0, 0]], [-5, -5], [5, 5]),
        new("levy", "Levy", "waves over a bowl", TestProblems.Levy, [-6, 5], 0, [[1, 1]], [-10, -10], [10, 10]),
        new(
            "rastrigin", "Rastrigin", "20 + x^2 - 10 cos(2 pi x) + y^2 - 10 cos(2 pi y): a minimum near every whole point", TestProblems.Rastrigin, [-3.3, 2.7], 0,
            [[0, 0]], [-5.12, -5.12], [5.12, 5.12]),
        new(
            "colville", "Colville", "two coupled bent valleys, four parameters", TestProblems.Colville, [-3, -1, -3, -1], 0, [[1, 1, 1, 1]],
            [-4, -4, -4, -4], [4, 4, 4, 4]),
        LinearRegression(),
        LogisticRegression(),
    ];

    /// <summary>A line through 40 generated points, <c>y = 2x - 1</c> plus noise: slope and intercept.</summary>
    private static Landscape LinearRegression()
    {
        var random = new CounterRandom(1, 0, 0);
        double[,] rows = new double[Examples, 2];
        double[] targets = new double[Examples];
        for (int i = 0; i < Examples; i++)
        {
            // Not centred: slope and intercept lean on each other, as in data nobody has prepared.
            double x = 1 + (2 * random.Symmetric(i));
            (rows[i, 0], rows[i, 1]) = (x, 1);
            targets[i] = (2 * x) - 1 + (0.5 * random.Normal(Examples + i));
        }

        return new(
            "linear-regression", "Linear regression", "mean (w x + b - y)^2 over 40 generated points: slope w and intercept b",
            TestProblems.LeastSquares<double>(rows, targets), [-1, 3], 0.21096182163867166, [[2.0875954007736035, -1.0339842723081905]], [-2, -5], [6, 4]);
    }

    /// <summary>Two overlapping clusters of 20 generated points each, separated along (1, 1/2).</summary>
    private static Landscape LogisticRegression()
    {
        var random = new CounterRandom(2, 0, 0);
        double[,] rows = new double[Examples, 2];
        double[] labels = new double[Examples];
        for (int i = 0; i < Examples; i++)
        {
            labels[i] = i % 2 == 0 ? 1 : -1;
            rows[i, 0] = labels[i] + random.Normal(2 * i);
            rows[i, 1] = (0.5 * labels[i]) + random.Normal((2 * i) + 1);
        }

        return new(
            "logistic-regression", "Logistic regression", "mean ln(1 + e^(-y x.w)) + 0.01 |w|^2 over 40 generated points: the two weights",
            TestProblems.Logistic<double>(rows, labels, 0.02), [-2, 3], 0.31827221594523514, [[1.5150631287484115, 0.8698859017944272]], [-3, -3], [5, 4]);
    }
}
