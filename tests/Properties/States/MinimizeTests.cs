using Optim.Properties.Checking;
using Optim.Properties.Objectives.Classics;
using Xunit;

namespace Optim.Properties.States;

/// <summary>What a minimization says of its end, and how often it asks, on runs whose ends are known.</summary>
public class MinimizeTests
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

    private static double Square(double x) => x * x;
}
