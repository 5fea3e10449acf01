using Optim.Properties.Checking;
using Optim.Properties.Objectives.Classics;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.States;

/// <summary>Laws 56 and 57: what a minimization says of its end, and how often it asks.</summary>
public class MinimizeTests(ITestOutputHelper output)
{
    private static readonly double[] Scales = [1, 1e-3, 1e3];

    [Fact]
    public void A_gradient_of_the_wrong_sign_ends_without_progress()
    {
        var run = Watched.Run(new Lbfgs(), [0], x => (Square(x[0] - 1), [-2 * (x[0] - 1)]));
        Assert.Equal((ExitReason.NoProgress, 1.0, 1L), (run.End.Reason, run.End.Loss, run.End.Steps));
        Assert.InRange(run.Evaluations, 2, 30);
    }

    [Fact]
    public void A_slope_without_end_does_not_converge()
    {
        var run = Watched.Run(new Lbfgs(), [0], x => (x[0], [1]), new() { MaxSteps = 100 });
        Assert.Equal(ExitReason.MaxStepsReached, run.End.Reason);
    }

    [Fact]
    public void Pairs_that_block_the_way_are_dropped()
    {
        // Of three scales, from far out: the first steps lead one parameter to its minimum, and to pairs that say nothing of the others.
        var run = Watched.Run(
            new Lbfgs(), [1e5, 1e5, 1e5],
            x => (x.Zip(Scales, (x, t) => (x / t) - Math.Log(x)).Sum(), [.. x.Zip(Scales, (x, t) => (1 / t) - (1 / x))]));
        Assert.Equal(ExitReason.GradientBelowTolerance, run.End.Reason);
        Assert.Equal(3, run.End.Loss, 1e-12);
        Same.Close(Scales, run.End.Parameters.ToArray(), 1e-9);
    }

    [Theory]
    [InlineData(500, 1e-4)]
    [InlineData(250, 5e-4)]
    public void Misra1a_is_fitted_from_both_starts(double b1, double b2)
    {
        var run = Watched.Run(new Lbfgs(), [b1, b2], p => NistReference.Misra1a.At(p));
        Assert.Equal(0.12455138894, run.End.Loss, 1e-11);
        Same.Close([238.94212918, 5.5015643181e-4], run.End.Parameters.ToArray(), 1e-9);
    }

    [Theory]
    [InlineData(-1, -1, -1, -1)]
    [InlineData(0, 0, 0, 0)]
    [InlineData(-2, 2, -2, 2)]
    public void In_single_precision_a_search_does_not_go_over_the_same_few_points(float a, float b, float c, float d)
    {
        var run = Watched.Run<float>(new Lbfgs(), TensorSet.OfArray([a, b, c, d]), TestProblems.StyblinskiTang);
        Assert.InRange(run.Evaluations, 5, 20);
        Assert.InRange(run.End.GradientNorm, 0, 1e-5);
    }

    [Fact]
    public void A_schedule_that_begins_at_zero_is_waited_for()
    {
        var rule = new Sgd { LearningRate = Schedule.Constant(0).Then(0.1, 40) };
        var run = Watched.Run(rule, [1], x => (Square(x[0]), [2 * x[0]]));
        Assert.Equal(ExitReason.GradientBelowTolerance, run.End.Reason);
        Assert.True(run.End.Steps > 40);
    }

    [Fact]
    public void Gradients_that_are_gathered_are_waited_for()
    {
        var run = Watched.Run(new Accumulate(new Sgd { LearningRate = 0.25 }, 16), [1], x => (Square(x[0]), [2 * x[0]]));
        Assert.Equal(ExitReason.GradientBelowTolerance, run.End.Reason);
        Assert.Equal(run.End.Steps / 16, run.Evaluations - 1);
        Assert.Equal(ExitReason.MaxStepsReached, Watched.Run(new Accumulate(new Adam(), 16), [1], x => (Square(x[0]), [2 * x[0]]), new() { MaxSteps = 15 }).End.Reason);
    }

    [Fact]
    public void Where_nothing_moves_the_run_ends_without_progress_or_goes_on()
    {
        // No rate; a step below rounding; a rule content with more than the caller is.
        foreach (var (rule, start) in new (Rule, double)[] { (new Sgd { LearningRate = 0 }, 1), (new Sgd { LearningRate = 0.1 }, 1e17), (new Lbfgs { GradientTolerance = 10 }, 1) })
        {
            var run = Watched.Run(rule, [start], x => (x[0], [1]));
            Assert.Equal((ExitReason.NoProgress, 1), (run.End.Reason, run.Evaluations));
            Assert.Equal(start, run.End.Parameters.Span[0]);
        }

        // Adam's moments change with each step.
        Assert.Equal(ExitReason.MaxStepsReached, Watched.Run(new Adam { LearningRate = 1e-3 }, [1e17], x => (x[0], [1])).End.Reason);
    }

    [Fact]
    public void A_stochastic_objective_is_asked_anew_each_time()
    {
        int calls = 0;
        var end = Optimizer.Minimize(new Accumulate(new Sgd { LearningRate = 0.5 }, 4), TensorSet.OfArray([0.0]), p =>
        {
            // The mean of the targets is 2.5.
            double target = 1 + (calls++ % 4);
            return Tuple.Create(0.5 * Square(p.Span[0] - target), TensorSet.OfArray([p.Span[0] - target]));
        }, new() { Stochastic = true, MaxSteps = 4 });
        Assert.Equal(5, calls);
        Assert.Equal(1.25, end.Parameters.Span[0]);
    }

    [Fact]
    public void A_gradient_in_the_points_own_memory_outlives_it()
    {
        var end = Optimizer.Minimize(new Accumulate(new Sgd { LearningRate = 0.5 }, 2), TensorSet.OfArray([3.0, -2]), p => Tuple.Create(0.5 * p.Dot(p), p), new() { MaxSteps = 12 });
        Assert.Equal([3.0 / 64, -2.0 / 64], end.Parameters.ToArray());
        Assert.Equal(end.Parameters.Norm(), end.GradientNorm);
    }

    [Fact]
    public void Of_many_points_the_lowest_and_the_latest_are_remembered()
    {
        // So large that few fit: what L-BFGS ends a step at is not asked for again.
        var start = TensorSet.Filled(Layout.OfVector(700_000), 0.5);
        var run = Watched.Run<double>(new Lbfgs { HistorySize = 1, MaxIterations = 2 }, start, p => Tuple.Create(0.25 * p.Dot(p) * p.Dot(p) / p.Length, p.Scale(p.Dot(p) / p.Length)), new() { MaxSteps = 6 });
        Assert.True(run.Evaluations > 6);
    }

    [Fact]
    public void Law_56_what_has_converged_has_a_small_gradient_or_a_loss_that_is_the_same_at_different_points()
    {
        var reasons = new Dictionary<ExitReason, int>();
        Law.Check(output, Cases.Of(AnyRun), c =>
        {
            var run = Watched.Run(c.Rule, c.Start, c.Function, c.Stop);
            reasons[run.End.Reason] = reasons.GetValueOrDefault(run.End.Reason) + 1;
            if (run.End.Reason == ExitReason.GradientBelowTolerance)
            {
                Assert.True(run.End.GradientNorm <= c.Stop.GradientTolerance);
            }

            if (run.End.Reason == ExitReason.LossChangeBelowTolerance)
            {
                // The last two points that steps began at; between them, how the loss changed.
                var (last, before) = (run.Begun[^1], run.Begun.Last(point => !point.Point.Equals(run.Begun[^1].Point)));
                Assert.True(Math.Abs(last.Loss - before.Loss) <= c.Stop.LossTolerance * Math.Max(1, Math.Abs(last.Loss)));
            }
        }, 1500);
        output.WriteLine(string.Join(", ", reasons));
        Assert.True(reasons.Count >= 4, "too few endings were seen");
    }

    [Fact]
    public void Law_57_no_point_is_evaluated_twice()
    {
        Law.Check(output, Cases.Of(AnyRun), c =>
        {
            Watched.Run(c.Rule, c.Start, c.Function, c.Stop);
            Watched.Run<float>(
                c.Rule, TensorSet.OfArray([.. c.Start.Select(x => (float)x)]), p =>
                {
                    var (loss, gradient) = c.Function([.. p.ToArray().Select(x => (double)x)]);
                    return Tuple.Create(loss, TensorSet.OfArray([.. gradient.Select(x => (float)x)]));
                }, c.Stop);
        }, 700);
    }

    [Theory]
    [InlineData("lbfgs")]
    [InlineData("lbfgsb")]
    [InlineData("owlqn")]
    [InlineData("nonlinear_cg")]
    [InlineData("gradient_descent")]
    [InlineData("sam")]
    [InlineData("random_search")]
    [InlineData("adam")]
    public void A_run_evaluates_no_more_points_than_it_may_and_ends_at_one_that_it_has_evaluated(string name)
    {
        var rule = name == "sam" ? new Sam(new Sgd { LearningRate = 1e-4 }) : RuleRegistry.Find(name)!.Create();
        double first = TestProblems.Rosenbrock(TensorSet.OfArray([-1.2, 1])).Item1;
        for (int most = 1; most <= 60; most++)
        {
            var seen = new Dictionary<TensorSet<double>, double>();
            var end = Optimizer.Minimize(rule, TensorSet.OfArray([-1.2, 1]), p =>
            {
                var result = TestProblems.Rosenbrock(p);
                seen.Add(p.Copy(), result.Item1);
                return result;
            }, new() { MaxEvaluations = most });
            Assert.Equal(end.Reason == ExitReason.MaxEvaluationsReached, end.GradientNorm > 1e-8);
            Assert.True(end.Reason is ExitReason.MaxEvaluationsReached or ExitReason.GradientBelowTolerance);
            Assert.Equal(0, end.LineSearchFailures);
            Assert.Equal(seen.Count, end.Evaluations);
            Assert.InRange(end.Evaluations, 1, most);
            Assert.Equal(seen[end.State.Parameters], end.Loss);

            // A search that is cut short does not lose ground.
            Assert.True(name is "adam" || end.Loss <= first, FormattableString.Invariant($"{end.Loss} after {most} evaluations"));
            Assert.True(most < 10 || end.Evaluations > most - 2 || end.Reason == ExitReason.GradientBelowTolerance);
        }
    }

    [Fact]
    public void A_run_is_cancelled_between_evaluations_and_watched_step_by_step()
    {
        using var source = new CancellationTokenSource();
        var watched = new List<MinimizationProgress<double>>();
        int calls = 0;
        var end = Optimizer.Minimize(
            new Lbfgs(), TensorSet.OfArray([-1.2, 1]), p =>
            {
                if (++calls == 30)
                {
                    source.Cancel();
                }

                return TestProblems.Rosenbrock(p);
            }, new() { Cancellation = source.Token }, watched.Add);
        Assert.Equal((ExitReason.Cancelled, 30, 30L, 0L), (end.Reason, calls, end.Evaluations, end.LineSearchFailures));
        Assert.Equal(end.Parameters, watched[^1].Parameters);
        Assert.Equal((end.Loss, end.GradientNorm, end.Steps, end.Evaluations), (watched[^1].Loss, watched[^1].GradientNorm, watched[^1].Steps, watched[^1].Evaluations));
        Assert.Equal(Enumerable.Range(0, watched.Count).Select(i => (long)i), watched.Select(progress => progress.Steps));

        // From within the watcher too.
        using var another = new CancellationTokenSource();
        end = Optimizer.Minimize(new Lbfgs { MaxIterations = 1 }, TensorSet.OfArray([-1.2, 1]), TestProblems.Rosenbrock, new() { Cancellation = another.Token }, progress =>
        {
            if (progress.Steps == 3)
            {
                another.Cancel();
            }
        });
        Assert.Equal((ExitReason.Cancelled, 3L), (end.Reason, end.Steps));
        Refused.With<ArgumentOutOfRangeException>("MaxEvaluations must be a whole number of 1 or more, was 0.", () => new StopConditions { MaxEvaluations = 0 });
    }

    /// <summary>A rule, or one within wrappers, on a function that is smooth or not, has a minimum or not, its gradient right or not.</summary>
    private static (Rule Rule, double[] Start, Func<double[], (double, double[])> Function, StopConditions Stop) AnyRun(Draw draw)
    {
        Schedule rate = draw.Integer(0, 3) switch
        {
            0 => 0,
            1 => Schedule.Constant(0).Then(0.1, draw.Integer(5, 25)),
            _ => Math.Pow(10, (3 * draw.Fraction()) - 2),
        };
        LineSearch search = draw.Of<LineSearch>(new StrongWolfe(), new MoreThuente(), new HagerZhang(), new Backtracking());
        Rule rule = draw.Integer(0, 9) switch
        {
            0 => new Sgd { LearningRate = rate },
            1 => new Adam { LearningRate = rate },
            2 => new RandomSearch { Radius = rate, Candidates = 3 },
            3 => new Sam { Inner = new Sgd { LearningRate = rate } },
            4 => new Lbfgs { LearningRate = rate },
            5 => new Lbfgs { LineSearch = search },
            6 => new LbfgsB { LineSearch = search, Lower = [-3], Upper = [20] },
            7 => new NonlinearConjugateGradient { LineSearch = search, Form = draw.Of(ConjugateGradientForm.PolakRibierePlus, ConjugateGradientForm.HagerZhang) },
            8 => new GradientDescent { LineSearch = search },
            _ => new Lbfgs { MaxIterations = draw.Integer(1, 8), HistorySize = draw.Integer(1, 4) },
        };
        rule = draw.Integer(0, 3) switch { 0 when !rule.DeclareComposition().EvaluatesObjective => new Accumulate(rule, draw.Integer(1, 20)), 1 => new Lookahead { Inner = rule }, _ => rule };
        double[] start = draw.Numbers(draw.Integer(1, 4), () => draw.Plain());
        double a = Math.Pow(10, (6 * draw.Fraction()) - 3), offset = Math.Pow(10, (20 * draw.Fraction()) - 10), wrong = draw.Integer(0, 5) == 0 ? -1 : 1;
        int kind = draw.Integer(0, 4);
        return (rule, start, Function, new()
        {
            MaxSteps = draw.Integer(1, 60), GradientTolerance = draw.Integer(0, 1) * 1e-8, LossTolerance = draw.Integer(0, 1) * 1e-9, Patience = draw.Integer(1, 12),
        });

        (double, double[]) Function(double[] x)
        {
            double f = offset;
            double[] g = new double[x.Length];
            for (int i = 0; i < x.Length; i++)
            {
                double s = a * (i + 1), u = x[i] - 1;
                (double value, double slope) = kind switch
                {
                    0 => (s * u * u, 2 * s * u),
                    1 => (s * Math.Abs(u), s * Math.Sign(u)),
                    2 => (s * x[i], s),
                    3 => (7, 1),
                    _ => ((s * u * u) + Math.Cos(5 * u), (2 * s * u) - (5 * Math.Sin(5 * u))),
                };
                f += value;
                g[i] = wrong * slope;
            }

            return (f, g);
        }
    }

    private static double Square(double x) => x * x;

    /// <summary>A run whose evaluations were watched: none at a point where there has been one.</summary>
    private static class Watched
    {
        public static Run<double> Run(Rule rule, double[] start, Func<double[], (double Loss, double[] Gradient)> objective, StopConditions? stop = null) => Run<double>(
            rule, TensorSet.OfArray(start), p =>
            {
                var (loss, gradient) = objective(p.ToArray());
                return Tuple.Create(loss, TensorSet.OfArray(gradient));
            }, stop);

        public static Run<T> Run<T>(Rule rule, TensorSet<T> start, Func<TensorSet<T>, Tuple<double, TensorSet<T>>> objective, StopConditions? stop = null)
            where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
        {
            var seen = new Dictionary<TensorSet<T>, double>();
            var end = Optimizer.Minimize(rule, start, p =>
            {
                var result = objective(p);
                Assert.True(seen.TryAdd(p.Copy(), result.Item1), $"{rule} evaluates {p} twice");
                return result;
            }, stop);

            // The points that steps began at: the same steps, taken again one by one.
            var begun = new List<(TensorSet<T>, double)>();
            var state = Optimizer.Init(rule, rule.NonsmoothTermOf<T>(start.Layout)?.Nearest(start) ?? start);
            for (long step = 0; step <= end.Steps; step++)
            {
                begun.Add((state.Parameters, seen[state.Parameters]));
                state = step < end.Steps ? Optimizer.StepOn(state, objective).Item1 : state;
            }

            Assert.Equal(end.Parameters, state.EvaluationParameters);
            return new(end, seen.Count, begun);
        }
    }

    private sealed record Run<T>(Minimization<T> End, int Evaluations, IReadOnlyList<(TensorSet<T> Point, double Loss)> Begun)
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>;
}
