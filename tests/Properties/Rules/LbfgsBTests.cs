using MathNet.Numerics.LinearAlgebra;
using Optim.CSharp;
using Optim.Laws;
using Optim.Properties.Checking;
using Optim.Properties.Objectives.Classics;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>L-BFGS-B: what it finds within bounds, held to a solution found in another way.</summary>
public class LbfgsBTests(ITestOutputHelper output)
{
    [Fact]
    public void A_convex_quadratic_is_minimized_within_bounds_as_an_active_set_search_has_it() => Law.Check(output, Cases.Of(Quadratic.Draw), problem =>
    {
        var expected = problem.ByActiveSets();
        var end = Optimizer.Minimize(new LbfgsB { Lower = problem.Lower, Upper = problem.Upper }, TensorSet.OfArray(problem.Start), problem.At, new() { GradientTolerance = 1e-9 });
        double[] x = end.Parameters.Span.ToArray(), g = problem.At(end.Parameters).Item2.Span.ToArray();
        double size = 1 + problem.Size;
        for (int i = 0; i < x.Length; i++)
        {
            Assert.InRange(x[i], problem.Lower[i], problem.Upper[i]);
            Assert.InRange(x[i], expected[i] - (1e-6 * size), expected[i] + (1e-6 * size));

            // The multipliers' signs: off its bounds nothing pulls, on one the gradient pushes against it.
            Assert.True(x[i] == problem.Lower[i] || g[i] <= 1e-6 * size, $"element {i}: {x[i]}, {g[i]}");
            Assert.True(x[i] == problem.Upper[i] || g[i] >= -1e-6 * size, $"element {i}: {x[i]}, {g[i]}");
        }
    }, 150);

    [Fact]
    public void The_example_that_a_projection_behind_Lbfgs_gets_wrong()
    {
        // (x - 3)^2 + (y - 1/2)^2 + 1.5 (x - 3) (y - 1/2) on [-1, 1]^2: 2.75 at (1, 1), where a projected step stops at 4 at (1, 1/2).
        var result = new Minimizer(new() { Lower = [-1], Upper = [1] }).Minimize(p =>
        {
            double x = p[0] - 3, y = p[1] - 0.5;
            return ((x * x) + (y * y) + (1.5 * x * y), Vector<double>.Build.Dense([(2 * x) + (1.5 * y), (2 * y) + (1.5 * x)]));
        }, Vector<double>.Build.Dense([0, 0]));
        Assert.Equal((2.75, 1, 1), (result.Loss, result.Point[0], result.Point[1]));
        Assert.Equal([0, 1], result.AtBound);
        Assert.True(result.HasConverged, result.ToString());
        Assert.InRange(result.GradientNorm, 0, 1e-12);
    }

    [Fact]
    public void Without_bounds_the_minima_of_the_classics_are_reached()
    {
        // But for two that are scaled so badly that SciPy's L-BFGS-B stops short of the minimum, too (docs/minimizing.md).
        foreach (var problem in MoreGarbowHillstrom.All.Where(problem => !problem.Name.Contains("Powell badly", StringComparison.Ordinal) && !problem.Name.Contains("Meyer", StringComparison.Ordinal)))
        {
            var seen = new HashSet<TensorSet<double>>();
            var end = Optimizer.Minimize(new LbfgsB(), TensorSet.OfArray(problem.Start), point =>
            {
                Assert.True(seen.Add(point.Copy()), $"{problem.Name}: a point is evaluated twice");
                return problem.Objective(point);
            });
            output.WriteLine(FormattableString.Invariant($"{problem.Name}: {seen.Count} evaluations, {end.Loss:G9} for {string.Join(" or ", problem.Minima)}, {end.Reason}, {end.GradientNorm:G3}"));
            Assert.True(problem.Minima.Any(minimum => Math.Abs(end.Loss - minimum) <= 1e-4 * (minimum + 1e-3)), $"{problem.Name}: {end}");
        }
    }

    [Fact]
    public void Within_bounds_the_objective_is_never_called_outside_them_and_no_point_twice() => Law.Check(output, Cases.Of(draw => (Quadratic.Draw(draw), draw.Coin())), x =>
    {
        var (problem, numerical) = x;
        var seen = new HashSet<TensorSet<double>>();
        var options = new MinimizerOptions { Lower = problem.Lower, Upper = problem.Upper };
        double Loss(Vector<double> at)
        {
            for (int i = 0; i < at.Count; i++)
            {
                Assert.InRange(at[i], problem.Lower[i], problem.Upper[i]);
            }

            return problem.At(TensorSet.Of(at)).Item1;
        }

        var start = Vector<double>.Build.DenseOfArray(problem.Start);
        if (numerical)
        {
            new Minimizer(options).Minimize(Loss, start);
            return;
        }

        new Minimizer(options).Minimize(at =>
        {
            Assert.True(seen.Add(TensorSet.Of(at)));
            return (Loss(at), problem.At(TensorSet.Of(at)).Item2.ToVector());
        }, start);
    }, 60);

    [Fact]
    public void Inside_wrappers_it_starts_within_the_bounds_and_ends_as_alone() => Law.Check(output, Cases.Of(Quadratic.Draw), problem =>
    {
        var rule = new LbfgsB { Lower = problem.Lower, Upper = problem.Upper };
        var alone = Optimizer.Minimize(rule, TensorSet.OfArray(problem.Start), problem.At);
        foreach (var wrapped in new Rule[] { new ApplyIfFinite(rule), new RollbackOnDivergence(rule), new ApplyIfFinite(new ApplyIfFinite(rule)) })
        {
            var end = Optimizer.Minimize(wrapped, TensorSet.OfArray(problem.Start), point =>
            {
                for (int i = 0; i < point.Length; i++)
                {
                    Assert.InRange(point.Span[i], problem.Lower[i], problem.Upper[i]);
                }

                return problem.At(point);
            });
            Assert.Equal((alone.Loss, alone.GradientNorm, alone.Reason), (end.Loss, end.GradientNorm, end.Reason));
        }
    }, 40);

    [Fact]
    public void A_gradient_by_differences_within_bounds_is_that_of_a_parabola() => Law.Check(output, Cases.Of(Quadratic.Draw), problem =>
    {
        var at = TensorSet.OfArray([.. problem.Start.Select((x, i) => Math.Clamp(x, problem.Lower[i], problem.Upper[i]))]);
        double[] exact = problem.At(at).Item2.Span.ToArray(), found = NumericalGradient.Within(p => problem.At(p).Item1, at, problem.Lower, problem.Upper).Span.ToArray();
        for (int i = 0; i < exact.Length; i++)
        {
            double error = 1e-5 * (1 + problem.Size) * (1 + problem.Size);
            Assert.True(problem.Lower[i] == problem.Upper[i] ? found[i] == 0 : Math.Abs(found[i] - exact[i]) <= error, FormattableString.Invariant($"element {i}: {found[i]} for {exact[i]}"));
        }
    }, 100);

    [Fact]
    public void Bounds_that_cannot_be_are_refused_by_name()
    {
        Refused.With<ArgumentOutOfRangeException>("Lower must be finite, or -Infinity, was NaN.", () => new LbfgsB { Lower = [double.NaN] });
        Refused.With<ArgumentException>("Upper must be one number, or one for each element, was empty.", () => new LbfgsB { Upper = [] });
        Refused.With<ArgumentException>("Lower must not be above Upper, they were 2 and 1 at element 0.", () => Optimizer.Init(new LbfgsB { Lower = [2], Upper = [1] }, TensorSet.OfArray([1.0])));
        Refused.With<ArgumentException>("Lower must be one number, or one for each of the 3 elements of 0 [3], were 2.", () => Optimizer.Init(new LbfgsB { Lower = [0, 0] }, TensorSet.OfArray([1.0, 2, 3])));
        Refused.With<ArgumentException>("must be Lbfgs or LbfgsB, was Adam", () => new Minimizer(new() { Rule = new Adam(), Lower = [0] }).Minimize(x => x[0], Vector<double>.Build.Dense(1)));
    }

    /// <summary>A strictly convex quadratic, <c>x'Ax / 2 - b'x</c>, within bounds of which some are infinite, equal or on the start.</summary>
    private sealed record Quadratic(double[][] A, double[] B, double[] Lower, double[] Upper, double[] Start)
    {
        public double Size => B.Max(Math.Abs) + A.Max(row => row.Max(Math.Abs));

        public static Quadratic Draw(Draw draw)
        {
            int n = draw.Integer(1, 6);
            double[][] root = [.. Enumerable.Range(0, n).Select(_ => draw.Numbers(n, () => (2 * draw.Fraction()) - 1))];
            double[][] a = [.. Enumerable.Range(0, n).Select(i => Enumerable.Range(0, n).Select(j => Enumerable.Range(0, n).Sum(k => root[k][i] * root[k][j]) + (i == j ? 0.3 : 0)).ToArray())];
            double[] lower = draw.Numbers(n, () => draw.OneIn(4) ? double.NegativeInfinity : (4 * draw.Fraction()) - 3);
            double[] upper = [.. lower.Select(least => draw.OneIn(4) ? double.PositiveInfinity : draw.OneIn(8) && double.IsFinite(least) ? least : (double.IsFinite(least) ? least : -1) + (2 * draw.Fraction()))];
            return new(a, draw.Numbers(n, draw.Plain), lower, upper, draw.Numbers(n, draw.Plain));
        }

        public Tuple<double, TensorSet<double>> At(TensorSet<double> set)
        {
            double[] x = set.Span.ToArray(), ax = [.. A.Select(row => row.Zip(x, (p, q) => p * q).Sum())];
            return Tuple.Create(ax.Zip(x, (p, q) => p * q / 2).Sum() - B.Zip(x, (p, q) => p * q).Sum(), TensorSet.OfArray([.. ax.Zip(B, (p, q) => p - q)]));
        }

        /// <summary>The minimum, by trying which elements are on which bound: all 3^n ways, the one whose conditions hold.</summary>
        public double[] ByActiveSets()
        {
            int n = B.Length;
            for (int way = 0; way < Math.Pow(3, n); way++)
            {
                int[] kind = [.. Enumerable.Range(0, n).Select(i => way / (int)Math.Pow(3, i) % 3)];
                if (kind.Where((k, i) => (k == 1 && !double.IsFinite(Lower[i])) || (k == 2 && !double.IsFinite(Upper[i]))).Any())
                {
                    continue;
                }

                double[] x = [.. kind.Select((k, i) => k == 1 ? Lower[i] : k == 2 ? Upper[i] : 0)];
                int[] free = [.. Enumerable.Range(0, n).Where(i => kind[i] == 0)];
                if (free.Length > 0)
                {
                    var matrix = Matrix<double>.Build.Dense(free.Length, free.Length, (i, j) => A[free[i]][free[j]]);
                    var right = Vector<double>.Build.Dense(free.Length, i => B[free[i]] - Enumerable.Range(0, n).Sum(j => kind[j] == 0 ? 0 : A[free[i]][j] * x[j]));
                    var solved = matrix.Solve(right);
                    for (int i = 0; i < free.Length; i++)
                    {
                        x[free[i]] = solved[i];
                    }
                }

                double[] g = At(TensorSet.OfArray(x)).Item2.Span.ToArray();
                if (Enumerable.Range(0, n).All(i => kind[i] == 0 ? x[i] >= Lower[i] - 1e-9 && x[i] <= Upper[i] + 1e-9
                    : Lower[i] == Upper[i] || (kind[i] == 1 ? g[i] >= -1e-9 : g[i] <= 1e-9)))
                {
                    return x;
                }
            }

            throw new InvalidOperationException("A strictly convex quadratic has a minimum within bounds.");
        }
    }
}
