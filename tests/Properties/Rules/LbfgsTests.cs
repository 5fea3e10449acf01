using System.Numerics;
using Optim.LineSearches;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>Law 47.</summary>
public class LbfgsTests(ITestOutputHelper output)
{
    private const double Armijo = 1e-4, Curvature = 0.9;

    private static readonly double Rounding = Math.ScaleB(1, -35);

    [Fact]
    public void Law_47_a_search_ends_where_the_strong_Wolfe_conditions_hold_or_says_that_it_has_failed()
    {
        int held = 0, failed = 0;
        Law.Check(output, Cases.Of(draw => (Function: SearchLine.AnyFunction(draw), Step: Math.Pow(10, (4 * draw.Fraction()) - 2))), c =>
        {
            var (f0, g0) = c.Function(0);
            if (g0 == 0)
            {
                return;
            }

            // Downhill, whichever way that is.
            double way = -Math.Sign(g0);
            var line = new SearchLine<double>(c.Function, 0, way);
            var result = new StrongWolfe().Search(line, line.Start(), c.Step, 1e-9);
            var (f1, g1) = c.Function(way * result.Point.Step);
            bool armijo = f1 <= f0 - (Armijo * result.Point.Step * Math.Abs(g0)), flat = Math.Abs(g1) <= Curvature * Math.Abs(g0);
            bool level = Math.Abs(f1 - f0) <= Rounding * Math.Abs(f0) && Math.Abs(g1) < Math.Abs(g0);
            Assert.Equal(line.Places.Count, result.Evaluations);
            Assert.InRange(line.Places.Count, 1, 26);
            Assert.Distinct(line.Places);
            Assert.Equal(f1, result.Point.Loss);
            Assert.True(f1 <= f0 || (result.Holds && level), "the search must not lose ground");
            Assert.True(result.Point.Step == 0 || result.Holds || armijo, "where the search has moved, the loss has fallen enough");
            Assert.Equal(result.Point.Step > 0 && ((armijo && f1 < f0) || level) && flat, result.Holds);
            held += result.Holds ? 1 : 0;
            failed += result.Holds ? 0 : 1;
        }, 2000);
        Assert.True(held > 10 * failed, $"{held} searches held, {failed} failed");
    }

    [Fact]
    public void The_lower_end_of_the_bracket_satisfies_Armijos_condition()
    {
        // Lower at 1000 than at 0, and far too high for how far it is: no end of a bracket to keep.
        static (double, double) Function(double a) => (-a / ((a * a) + 2), ((a * a) - 2) / (((a * a) + 2) * ((a * a) + 2)));
        foreach (double first in new[] { 10, 100, 1000, 1e4, 1e6 })
        {
            var line = new SearchLine<double>(Function, 0, 1);
            var result = new StrongWolfe().Search(line, line.Start(), first, 0);
            Assert.True(result.Holds, FormattableString.Invariant($"from {first}: {result.Point.Step}"));
            Assert.True(result.Point.Loss <= -Armijo * result.Point.Step / 2);
        }
    }

    [Fact]
    public void Where_rounding_hides_whether_the_loss_has_fallen_the_slopes_decide()
    {
        // A bowl far below rounding on a large constant: to the loss it is a plain.
        static (double, double) Function(double x) => (1e6 + (1e-12 * (x - 3) * (x - 3)), 2e-12 * (x - 3));
        foreach (double first in new[] { 0.01, 1, 5.9, 7, 1000 })
        {
            var line = new SearchLine<double>(Function, 0, 1);
            var result = new StrongWolfe().Search(line, line.Start(), first, 0);
            Assert.True(result.Holds);
            Assert.InRange(result.Point.Step, 0.3, 5.7);
            Assert.InRange(result.Evaluations, 1, 8);
        }
    }

    [Fact]
    public void A_search_evaluates_no_place_twice_where_steps_are_finer_than_places()
    {
        // Around 1000 a float's neighbours are 6e-5 apart.
        static (double, double) Function(double x) => (Math.Abs(x - 1000.0001), Math.Sign(x - 1000.0001));
        foreach (double first in new[] { 1e-9, 1e-6, 1e-5, 1e-4, 1, 1e3 })
        {
            var line = new SearchLine<float>(Function, 1000, 1);
            var result = new StrongWolfe().Search(line, line.Start(), first, 0);
            Assert.Equal(line.Places.Count, result.Evaluations);
            Assert.Distinct([1000f, .. line.Places]);
        }
    }

    [Fact]
    public void A_search_stays_where_the_loss_is_a_number()
    {
        // Minus the logarithm of 1 - x, less 3 x: NaN from 1 on, the minimum at 2/3.
        foreach (double first in new[] { 1e-3, 0.5, 1, 1.5, 100 })
        {
            var line = new SearchLine<double>(x => (-Math.Log(1 - x) - (3 * x), (1 / (1 - x)) - 3), 0, 1);
            var result = new StrongWolfe().Search(line, line.Start(), first, 1e-9);
            Assert.True(result.Holds, $"from a first step of {first.ToString(System.Globalization.CultureInfo.InvariantCulture)}");
            Assert.InRange(result.Point.Step, 0, 1);
        }
    }

    [Fact]
    public void A_search_that_fails_is_counted()
    {
        // A slope without end: no point is flat enough.
        var state = Optimizer.StepOn(Optimizer.Init(new Lbfgs { MaxIterations = 1 }, TensorSet.OfArray([0.0])), p => Tuple.Create(-p.Span[0], TensorSet.OfArray([-1.0]))).Item1;
        Assert.Equal(1, state.Scalars["line_search_failures"]);
        Assert.True(state.Parameters.Span[0] > 1);

        // A gradient of the wrong sign: no point is lower, and the parameters stay.
        var wrong = Optimizer.StepOn(Optimizer.Init(new Lbfgs { MaxIterations = 1 }, TensorSet.OfArray([3.0])), p => Tuple.Create(p.Dot(p), p.Scale(-2))).Item1;
        Assert.Equal(1, wrong.Scalars["line_search_failures"]);
        Assert.Equal(3, wrong.Parameters.Span[0]);
        Assert.Equal(0, Minimized(new(), [-1.2, 1], TestProblems.Rosenbrock).State.Scalars["line_search_failures"]);
    }

    [Fact]
    public void Law_47_the_direction_is_that_of_the_inverse_Hessian_with_H_y_equal_to_s() => Law.Check(
        output, Cases.Of(draw => (Start: draw.Numbers(draw.Integer(1, 6), () => draw.Plain() / 5), History: draw.Integer(1, 5), Steps: draw.Integer(2, 9))), c =>
        {
            var rule = new Lbfgs { HistorySize = c.History, MaxIterations = 1, ChangeTolerance = 0, GradientTolerance = 1e-6 };
            var state = Optimizer.Init(rule, TensorSet.OfArray(c.Start));
            for (int t = 0; t < c.Steps; t++)
            {
                state = Bowl.Step(state)!;
            }

            int count = (int)state.Scalars["pairs"], next = (int)state.Scalars["next_pair"], n = c.Start.Length;
            if (count == 0)
            {
                return;
            }

            int[] ring = [.. Enumerable.Range(0, count).Select(i => (next - count + i + c.History) % c.History)];
            double[][] s = [.. ring.Select(i => Slot(state, $"s_{i + 1}"))], y = [.. ring.Select(i => Slot(state, $"y_{i + 1}"))];
            double[,] h = Bfgs(s, y);
            Same.Close(s[^1], Times(h, y[^1]), 1e-8, Largest(s[^1]));
            double[] expected = [.. Times(h, Slot(state, "prev_flat_grad")).Select(x => -x)];
            Same.Close(expected, Slot(state, "d"), 1e-6, Largest(expected));
        }, 200);

    [Fact]
    public void Minimize_with_LBFGS_converges_on_Rosenbrock()
    {
        foreach (int length in new[] { 2, 10 })
        {
            foreach (var rule in new[] { new Lbfgs(), new Lbfgs { MaxIterations = 1 }, new Lbfgs { HistorySize = 3 } })
            {
                var result = Minimized(rule, [.. Enumerable.Range(0, length).Select(i => i % 2 == 0 ? -1.2 : 1)], TestProblems.Rosenbrock);
                Assert.True(result.Loss < 1e-15, $"{rule}, {length} parameters: {result}");
                Assert.True(result.Steps * rule.MaxIterations < 500, $"{rule}: {result}");
                Assert.All(result.Parameters.ToArray(), x => Assert.Equal(1, x, 1e-5));
            }
        }
    }

    [Fact]
    public void Minimize_with_LBFGS_converges_on_the_other_problems_too()
    {
        Assert.True(Minimized(new(), [1, 1], TestProblems.Beale).Loss < 1e-12);
        Assert.True(Minimized(new(), [0, 0], TestProblems.Himmelblau).Loss < 1e-12);
        Assert.True(Minimized(new(), [0, 0], TestProblems.Booth).Loss < 1e-12);
        Assert.Equal(-39.16616570377142 * 2, Minimized(new(), [-1, -2], TestProblems.StyblinskiTang).Loss, 1e-9);
        var single = Optimizer.Minimize(new Lbfgs(), TensorSet.OfArray([-1.2f, 1]), TestProblems.Rosenbrock);
        Assert.All(single.Parameters.ToArray(), x => Assert.Equal(1, x, 1e-2f));
    }

    [Fact]
    public void A_loss_or_gradient_that_is_not_finite_is_refused_and_the_state_lives()
    {
        var state = Optimizer.StepOn(Optimizer.Init(new Lbfgs { LineSearch = new FixedStep() }, TensorSet.OfArray([1.0])), Bowl.Objective).Item1;
        double[] before = state.Parameters.ToArray();
        Refused.With<ArithmeticException>("must be finite, the loss was NaN", () => Optimizer.StepOn(state.Donate(), p => Tuple.Create(double.NaN, p)));
        Refused.With<ArithmeticException>("largest magnitude Infinity at step 1", () =>
            Optimizer.StepOn(state.Donate(), p => Tuple.Create(1.0, TensorSet.OfArray([double.PositiveInfinity]))));
        Assert.Equal(before, state.Parameters.ToArray());
    }

    [Fact]
    public void At_a_minimum_nothing_moves_and_nothing_is_learnt()
    {
        var state = Optimizer.StepOn(Optimizer.Init(new Lbfgs(), TensorSet.OfArray([0.0, 0])), Bowl.Objective).Item1;
        Assert.Equal([0.0, 0], state.Parameters.ToArray());
        Assert.Equal([0.0, 0, 0, 0, 1, 0], state.Scalars.Values);
    }

    [Fact]
    public void Within_Lookahead_its_scalars_are_its_own()
    {
        var start = TensorSet.OfArray([-1.2, 1]);
        var inner = new Lbfgs { MaxIterations = 3 };
        var plain = Optimizer.Init(inner, start);
        var wrapped = Optimizer.Init(new Lookahead { Inner = inner, SyncPeriod = 1, SlowStepSize = 1 }, start);
        for (int t = 0; t < 4; t++)
        {
            plain = Optimizer.StepOn(plain, TestProblems.Rosenbrock).Item1;
            wrapped = Optimizer.StepOn(wrapped, TestProblems.Rosenbrock).Item1;
        }

        Same.Close(plain.Parameters.ToArray(), wrapped.Parameters.ToArray(), 1e-9);
        Assert.Equal(plain.Scalars.Keys, wrapped.Scalars.Keys);
        Assert.Equal(plain.Scalars["n_iter"], wrapped.Scalars["n_iter"]);
        Assert.Equal(plain.Scalars["func_evals"], wrapped.Scalars["func_evals"]);
    }

    private static Minimization<double> Minimized(Lbfgs rule, double[] start, Func<TensorSet<double>, Tuple<double, TensorSet<double>>> objective) =>
        Optimizer.Minimize(rule, TensorSet.OfArray(start), objective);

    /// <summary>The dense inverse Hessian by the formula of Broyden, Fletcher, Goldfarb and Shanno, pair after pair.</summary>
    private static double[,] Bfgs(double[][] s, double[][] y)
    {
        int n = s[0].Length;
        double[,] h = new double[n, n];
        for (int i = 0; i < n; i++)
        {
            h[i, i] = Dot(s[^1], y[^1]) / Dot(y[^1], y[^1]);
        }

        foreach (var (step, change) in s.Zip(y))
        {
            double rho = 1 / Dot(step, change);
            double[] hy = Times(h, change);
            double bend = Dot(change, hy);
            double[,] next = new double[n, n];
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    next[i, j] = h[i, j] - (rho * ((step[i] * hy[j]) + (hy[i] * step[j]))) + (rho * ((rho * bend) + 1) * step[i] * step[j]);
                }
            }

            h = next;
        }

        return h;
    }

    private static double[] Slot(OptimizerState<double> state, string name) => state.Slots[name].ToArray();

    private static double[] Times(double[,] matrix, double[] x) =>
        [.. Enumerable.Range(0, x.Length).Select(i => Enumerable.Range(0, x.Length).Sum(j => matrix[i, j] * x[j]))];

    private static double Dot(double[] x, double[] y) => x.Zip(y, (a, b) => a * b).Sum();

    private static double Largest(double[] x) => x.Max(Math.Abs);
}
