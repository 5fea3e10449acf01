using System.Numerics;
using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.Rules;

/// <summary>What the quasi-Newton rules have in common: which pairs count, and after how many evaluations no iteration is begun.</summary>
public class PairTests
{
    [Fact]
    public void Changes_of_the_gradient_that_are_rounding_are_no_pair()
    {
        // A plane: in float the gradient differs by its last bit from place to place, in double by one of its last.
        foreach (var rule in new Rule[] { new LbfgsB { MaxIterations = 1 }, new OwlQn() })
        {
            bool first = true;
            Assert.Equal(0, Pairs(rule, 1f, p => Tuple.Create((double)p.Span[0], TensorSet.OfArray([float.BitIncrement(1) - (Turn() ? 0 : float.BitIncrement(1) - 1)]))));
            first = true;
            Assert.Equal(0, Pairs(rule, 1.0, p => Tuple.Create(p.Span[0], TensorSet.OfArray([double.BitIncrement(1) - (Turn() ? 0 : double.BitIncrement(1) - 1)]))));

            bool Turn()
            {
                bool was = first;
                first = false;
                return was;
            }
        }
    }

    [Fact]
    public void How_steep_the_objective_is_does_not_decide_whether_a_pair_counts()
    {
        foreach (var rule in new Rule[] { new LbfgsB { MaxIterations = 1 }, new OwlQn() })
        {
            foreach (double steepness in new[] { 1e-3, 1, 1e6, 1e9, 1e15 })
            {
                Assert.Equal(1, Pairs(rule, 1f, p => Tuple.Create(steepness * p.Span[0] * p.Span[0] / 2, p.Scale((float)steepness))));
                Assert.Equal(1, Pairs(rule, 1.0, p => Tuple.Create(steepness * steepness * p.Span[0] * p.Span[0] / 2, p.Scale(steepness * steepness))));
            }
        }
    }

    [Fact]
    public void After_the_most_evaluations_no_iteration_is_begun()
    {
        foreach (var (name, make) in new (string, Func<int, int, Rule>)[]
        {
            ("lbfgs", (iterations, evaluations) => new Lbfgs { MaxIterations = iterations, MaxEvaluations = evaluations }),
            ("lbfgsb", (iterations, evaluations) => new LbfgsB { MaxIterations = iterations, MaxEvaluations = evaluations }),
            ("lbfgsb within bounds", (iterations, evaluations) => new LbfgsB { MaxIterations = iterations, MaxEvaluations = evaluations, Lower = [-2], Upper = [2] }),
        })
        {
            double[] evaluationsAfter = [1, .. Enumerable.Range(1, 15).Select(i => Step(make(i, 1000))["func_evals"])];
            for (int most = 1; most < 15; most++)
            {
                // The first iteration is always begun.
                int iterations = Enumerable.Range(1, 15).First(i => evaluationsAfter[i] >= most);
                Assert.True(iterations == Step(make(15, most))["n_iter"], $"{name}: at most {most}");
            }
        }

        static IReadOnlyDictionary<string, double> Step(Rule rule) => Optimizer.StepOn(Optimizer.Init(rule, TensorSet.OfArray([-1.2, 1])), TestProblems.Rosenbrock).Item1.Scalars;
    }

    /// <summary>Byrd, Lu, Nocedal and Zhu 1995, section 5: where the projected minimum of the subspace does not descend, the way there from the Cauchy point ends at the first bound.</summary>
    [Fact]
    public void What_is_cut_back_is_the_way_from_the_Cauchy_point()
    {
        var random = new Random(7);
        double Any() => (2 * random.NextDouble()) - 1;
        int met = 0;
        for (int i = 0; i < 400_000 && met < 50; i++)
        {
            // A curved valley across the axes, and the pair of a step along it.
            double angle = Math.PI * Any(), steep = Math.Pow(10, 3 * random.NextDouble()), c = Math.Cos(angle), d = Math.Sin(angle);
            double[] Hessian(double[] v)
            {
                double along = (c * v[0]) + (d * v[1]), across = steep * ((c * v[1]) - (d * v[0]));
                return [(c * along) - (d * across), (d * along) + (c * across)];
            }

            double[] s = [Any(), Any()], y = Hessian(s), g = [Any(), Any()], lower = [-Math.Pow(10, 3 * Any()), -Math.Pow(10, 3 * Any())], upper = [Math.Pow(10, 3 * Any()), Math.Pow(10, 3 * Any())];
            double theta = Dot(y, y) / Dot(s, y);
            double[] Model(double[] v) => [.. v.Select((x, k) => (theta * (x - (s[k] * Dot(s, v) / Dot(s, s)))) + (y[k] * Dot(y, v) / Dot(y, s)))];
            double[] first = Model([1, 0]), second = Model([0, 1]), b = Model(g);
            double determinant = (first[0] * second[1]) - (first[1] * second[0]), t = Dot(g, g) / Dot(g, b);
            double[] cauchy = [-t * g[0], -t * g[1]];
            double[] minimum = [-((second[1] * g[0]) - (second[0] * g[1])) / determinant, -((first[0] * g[1]) - (first[1] * g[0])) / determinant];
            double[] projected = [.. minimum.Select((x, k) => Math.Clamp(x, lower[k], upper[k]))];
            if (!cauchy.Index().All(x => x.Item > lower[x.Index] && x.Item < upper[x.Index]) || !(Dot(projected, g) > 1e-9))
            {
                continue;
            }

            met++;
            double share = minimum.Zip(cauchy).Index().Min(x => Math.Min(1, ((x.Item.First > x.Item.Second ? upper : lower)[x.Index] - x.Item.Second) / (x.Item.First - x.Item.Second)));
            var points = new List<double[]>();
            var state = Optimizer.Restore(
                new LbfgsB { HistorySize = 1, Lower = lower, Upper = upper, MaxIterations = 1 }, 1, TensorSet.OfArray([0.0, 0]),
                new Dictionary<string, TensorSet<double>> { ["s_1"] = TensorSet.OfArray(s), ["y_1"] = TensorSet.OfArray(y) },
                new Dictionary<string, double> { ["n_iter"] = 1, ["pairs"] = 1, ["next_pair"] = 0, ["func_evals"] = 1, ["line_search_failures"] = 0 });
            Optimizer.StepOn(state, p =>
            {
                double[] x = p.ToArray(), h = Hessian(x);
                points.Add(x);
                return Tuple.Create(Dot(g, x) + (Dot(x, h) / 2), TensorSet.OfArray([g[0] + h[0], g[1] + h[1]]));
            });
            for (int k = 0; k < 2; k++)
            {
                Assert.Equal(cauchy[k] + (share * (minimum[k] - cauchy[k])), points[1][k], 1e-7 * (Math.Abs(minimum[k]) + Math.Abs(cauchy[k])));
            }
        }

        Assert.Equal(50, met);
    }

    private static double Dot(double[] left, double[] right) => left.Zip(right, (a, b) => a * b).Sum();

    private static double Pairs<T>(Rule rule, T start, Func<TensorSet<T>, Tuple<double, TensorSet<T>>> objective)
        where T : unmanaged, IFloatingPointIeee754<T> => Optimizer.StepOn(Optimizer.Init(rule, TensorSet.OfArray([start])), objective).Item1.Scalars["pairs"];
}
