using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>OWL-QN: the minimum of a smooth function and a sum of magnitudes, held to one found by coordinate descent.</summary>
public class OwlQnTests(ITestOutputHelper output)
{
    [Fact]
    public void The_minimum_of_a_convex_quadratic_with_a_penalty_is_that_of_coordinate_descent() => Law.Check(output, Cases.Of(Penalized.Draw), problem =>
    {
        var seen = new HashSet<TensorSet<double>>();
        var end = Optimizer.Minimize(new OwlQn { L1 = problem.Weights }, TensorSet.OfArray(problem.Start), p =>
        {
            Assert.True(seen.Add(p.Copy()), "a point is evaluated twice");
            return problem.At(p);
        }, new() { GradientTolerance = 1e-10 });
        double[] x = end.Parameters.ToArray(), g = problem.At(end.Parameters).Item2.ToArray(), expected = problem.ByCoordinates();
        double size = 1 + problem.B.Max(Math.Abs);
        for (int i = 0; i < x.Length; i++)
        {
            Assert.InRange(x[i], expected[i] - (1e-6 * size), expected[i] + (1e-6 * size));

            // The conditions of Karush, Kuhn and Tucker: exactly 0, or the slope and the penalty cancel.
            Assert.True(x[i] == 0 ? Math.Abs(g[i]) <= problem.Weights[i] + 1e-6 : Math.Abs(g[i] + (problem.Weights[i] * Math.Sign(x[i]))) <= 1e-6 * size, FormattableString.Invariant($"element {i}: {x[i]}, slope {g[i]}"));
        }

        Assert.Equal(problem.At(end.Parameters).Item1 + x.Zip(problem.Weights, (value, weight) => weight * Math.Abs(value)).Sum(), end.Loss, 1e-12 * (1 + Math.Abs(end.Loss)));
    }, 300);

    [Fact]
    public void What_the_penalty_outweighs_is_exactly_zero_and_stays_so()
    {
        // Many parameters, most of which say nothing.
        double[] truth = [.. Enumerable.Range(0, 200).Select(i => i % 20 == 0 ? 1 + (i / 40.0) : 0)];
        Tuple<double, TensorSet<double>> Objective(TensorSet<double> p)
        {
            double[] gap = [.. p.ToArray().Zip(truth, (a, b) => a - b)], scale = [.. Enumerable.Range(0, 200).Select(i => 1 + (i % 7))];
            return Tuple.Create(gap.Zip(scale, (d, s) => s * d * d / 2).Sum(), TensorSet.OfArray([.. gap.Zip(scale, (d, s) => s * d)]));
        }

        var end = Optimizer.Minimize(new OwlQn { L1 = [0.5] }, TensorSet.Filled(Layout.OfVector(200), 0.3), Objective);
        Assert.True(end.Reason == ExitReason.GradientBelowTolerance, end.ToString());
        Assert.Equal(10, end.Parameters.ToArray().Count(x => x != 0));
        Assert.All(end.Parameters.ToArray().Index(), x => Assert.Equal(truth[x.Index] == 0 ? 0 : truth[x.Index] - (0.5 / (1 + (x.Index % 7))), x.Item, 1e-8));
    }

    [Fact]
    public void Without_a_penalty_it_finds_what_LBFGS_finds()
    {
        var end = Optimizer.Minimize(new OwlQn(), TensorSet.OfArray([-1.2, 1, -1.2, 1]), TestProblems.Rosenbrock);
        Assert.True(end.Loss < 1e-12, end.ToString());
        Assert.Equal(ExitReason.GradientBelowTolerance, end.Reason);
    }

    [Fact]
    public void Slopes_whose_square_vanishes_lead_downhill_all_the_same()
    {
        static Tuple<double, TensorSet<float>> Small(TensorSet<float> p) => Tuple.Create(1e-5 * p.Dot(p) / 2, p.Scale(1e-5f));
        var (state, _) = Optimizer.StepOn(Optimizer.Init(new OwlQn { L1 = [1e-30] }, TensorSet.OfArray([1e-20f, -3e-20f])), Small);
        Assert.InRange(state.Parameters[0].Span[0], 0, 0.999999e-20f);
        Assert.InRange(state.Parameters[0].Span[1], -2.99999e-20f, 0);
    }

    [Fact]
    public void Weights_that_cannot_be_are_refused_by_name()
    {
        Refused.With<ArgumentOutOfRangeException>("L1 must be 0 or more, and finite, was -1.", () => new OwlQn { L1 = [-1] });
        Refused.With<ArgumentException>("L1 must be one number, or one for each element, was empty.", () => new OwlQn { L1 = [] });
        Refused.With<ArgumentException>("L1 must be one number, or one for each of the 3 elements", () => Optimizer.Init(new OwlQn { L1 = [0, 1] }, TensorSet.OfArray([1.0, 2, 3])));
        var state = Optimizer.Init(new OwlQn { L1 = [1] }, TensorSet.OfArray([1.0]));
        Refused.With<ArithmeticException>("OwlQn: the loss and the gradient must be finite, the loss was NaN", () => Optimizer.StepOn(state.Donate(), p => Tuple.Create(double.NaN, p)));
        Assert.Equal([1.0], state.Parameters.ToArray());
    }

    /// <summary>A strictly convex quadratic, <c>x'Ax / 2 - b'x</c>, and the weights of magnitudes, some of them 0; some elements begin at 0.</summary>
    private sealed record Penalized(double[][] A, double[] B, double[] Weights, double[] Start)
    {
        public static Penalized Draw(Draw draw)
        {
            int n = draw.Integer(1, 8);
            double[][] root = [.. Enumerable.Range(0, n).Select(_ => draw.Numbers(n, () => (2 * draw.Fraction()) - 1))];
            double[][] a = [.. Enumerable.Range(0, n).Select(i => Enumerable.Range(0, n).Select(j => Enumerable.Range(0, n).Sum(k => root[k][i] * root[k][j]) + (i == j ? 0.3 : 0)).ToArray())];
            return new(a, draw.Numbers(n, draw.Plain), draw.Numbers(n, () => draw.OneIn(4) ? 0 : 8 * draw.Fraction()), draw.Numbers(n, () => draw.OneIn(3) ? 0 : draw.Plain()));
        }

        public Tuple<double, TensorSet<double>> At(TensorSet<double> set)
        {
            double[] x = set.ToArray(), ax = [.. A.Select(row => row.Zip(x, (p, q) => p * q).Sum())];
            return Tuple.Create(ax.Zip(x, (p, q) => p * q / 2).Sum() - B.Zip(x, (p, q) => p * q).Sum(), TensorSet.OfArray([.. ax.Zip(B, (p, q) => p - q)]));
        }

        /// <summary>One element at a time to its minimum, which soft thresholding gives, until none moves.</summary>
        public double[] ByCoordinates()
        {
            int n = B.Length;
            double[] x = new double[n];
            for (int round = 0; round < 100_000; round++)
            {
                double furthest = 0;
                for (int i = 0; i < n; i++)
                {
                    int own = i;
                    double pull = B[i] - Enumerable.Range(0, n).Sum(j => j == own ? 0 : A[own][j] * x[j]);
                    double next = Math.Sign(pull) * Math.Max(0, Math.Abs(pull) - Weights[i]) / A[i][i];
                    furthest = Math.Max(furthest, Math.Abs(next - x[i]));
                    x[i] = next;
                }

                if (furthest <= 1e-14)
                {
                    return x;
                }
            }

            return x;
        }
    }
}
