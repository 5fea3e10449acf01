using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.States;

/// <summary>Fold, Scan and Minimize.</summary>
public class FoldTests
{
    private static readonly TensorSet<double> Start = TensorSet.OfArray([3.0, -2]);

    [Fact]
    public void Fold_keeps_the_first_state_and_reuses_the_others()
    {
        var first = Optimizer.Init(new Adam(), Start).Step(Start).Item1;
        var copy = Optimizer.Restore(first.Rule, first.StepCount, first.Parameters.Copy(), first.Slots, first.Scalars);
        var seen = new List<TensorSet<double>>();
        var last = Optimizer.Fold(first, 4, p =>
        {
            seen.Add(p);
            return p.Copy();
        });
        Assert.Equal(copy, first);
        Assert.Equal(5, last.StepCount);
        Assert.Equal(first.Parameters.ToArray(), seen[0].ToArray());
        Assert.All(seen[1..], p => Assert.Throws<InvalidOperationException>(() => p.Span.Length));
        Same.Bits(first.Step(first.Parameters).Item1, Optimizer.Fold(first, 1, p => p));
        Assert.Same(first, Optimizer.Fold(first, 0, p => p));
        Assert.Same(first, Optimizer.Fold(first, []));
    }

    [Fact]
    public void Fold_with_a_function_is_Fold_with_the_gradients_it_gave()
    {
        var gradients = new List<TensorSet<double>>();
        var last = Optimizer.Fold(Optimizer.Init(new AdamW(), Start), 20, p =>
        {
            gradients.Add(p.Map(Math.Sin));
            return gradients[^1];
        });
        Same.Bits(last, Optimizer.Fold(Optimizer.Init(new AdamW(), Start), gradients));
    }

    [Fact]
    public void Scan_keeps_every_state_and_is_lazy()
    {
        int asked = 0;
        IEnumerable<TensorSet<double>> Gradients()
        {
            while (true)
            {
                asked++;
                yield return Start;
            }
        }

        var states = Optimizer.Scan(Optimizer.Init(new Adam(), Start), Gradients()).Take(4).ToList();
        Assert.Equal(3, asked);
        Assert.Equal([0, 1, 2, 3], states.Select(s => s.StepCount));
        Assert.Equal(4, states.Select(s => s.Parameters.Span[0]).Distinct().Count());
    }

    [Fact]
    public void Minimize_gives_the_objective_each_point_and_keeps_the_start()
    {
        var copy = Start.Copy();
        var points = new List<double[]>();
        var result = Optimizer.Minimize(new Sgd { LearningRate = 0.25, Momentum = 0.5 }, Start, p =>
        {
            points.Add(p.ToArray());
            return Tuple.Create(0.5 * p.Dot(p), p.Copy());
        }, new() { MaxSteps = 5, GradientTolerance = 0 });
        var first = Optimizer.Init(new Sgd { LearningRate = 0.25, Momentum = 0.5 }, Start);
        var expected = Optimizer.Scan(first, points.Take(5).Select(p => TensorSet.OfArray(p))).ToList();
        Assert.Equal(expected.Select(s => s.Parameters.ToArray()), points);
        Same.Bits(expected[^1], result.State);
        Assert.Equal(5, result.Steps);
        Assert.Equal(ExitReason.MaxStepsReached, result.Reason);
        Assert.Equal(0.5 * result.Parameters.Dot(result.Parameters), result.Loss);
        Assert.Equal(result.Parameters.Norm(), result.GradientNorm);
        Assert.Equal(copy, Start);
    }

    [Fact]
    public void Each_way_to_end_is_reached_and_the_last_state_is_usable()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        var reasons = new (ExitReason Reason, StopConditions Stop, Func<double, (double Loss, double Gradient)> Objective)[]
        {
            (ExitReason.MaxStepsReached, new() { MaxSteps = 3 }, x => (x, 1)),
            (ExitReason.MaxStepsReached, new() { MaxSteps = 0 }, x => (x, 1)),
            (ExitReason.GradientBelowTolerance, new(), x => (x * x, 2 * x)),
            (ExitReason.GradientBelowTolerance, new() { GradientTolerance = 0.5 }, x => (x * x, 2 * x)),
            (ExitReason.LossChangeBelowTolerance, new(), _ => (7, 1)),
            (ExitReason.LossChangeBelowTolerance, new() { LossTolerance = 1e-3, GradientTolerance = 0 }, x => (x * x, 2 * x)),
            (ExitReason.TargetLossReached, new() { TargetLoss = 0.01 }, x => (x * x, 2 * x)),
            (ExitReason.NonFinite, new(), x => (x > 0.9 ? x : double.NaN, 1)),
            (ExitReason.NonFinite, new(), x => (x, x > 0.9 ? 1 : double.PositiveInfinity)),
            (ExitReason.Diverged, new() { DivergenceFactor = 3 }, x => (1 / x, 1)),
            (ExitReason.Stagnated, new() { StagnationPatience = 4 }, x => (1 / x, 1)),
            (ExitReason.NoProgress, new() { GradientTolerance = 0 }, x => (x, 1e-300)),
            (ExitReason.Cancelled, new() { Cancellation = source.Token }, x => (x, 1)),
            (ExitReason.MaxEvaluationsReached, new() { MaxEvaluations = 3 }, x => (x, 1)),
        };
        foreach (var (reason, stop, objective) in reasons)
        {
            var result = Optimizer.Minimize(new Sgd { LearningRate = 0.1 }, TensorSet.OfArray([1.0]), p =>
            {
                var (loss, gradient) = objective(p.Span[0]);
                return Tuple.Create(loss, TensorSet.OfArray([gradient]));
            }, stop);
            Assert.Equal(reason, result.Reason);
            Assert.True(result.Steps <= stop.MaxSteps);
            Assert.Equal(result.Steps + 1, result.State.Step(TensorSet.OfArray([1.0])).Item1.StepCount);
            Assert.Equal(objective(result.State.Parameters.Span[0]).Loss, result.Loss);
        }

        Assert.Equal(Enum.GetValues<ExitReason>().Order(), reasons.Select(r => r.Reason).Distinct().Order());
    }

    [Fact]
    public void The_patience_counts_steps_in_a_row()
    {
        // The loss stands still for two evaluations, moves once, then stands still.
        double[] losses = [5, 5, 5, 4, 4, 4, 4, 4, 4];
        int calls = 0;
        var result = Optimizer.Minimize(
            new Sgd(), Start, p => Tuple.Create(losses[calls++], p.Copy()), new() { Patience = 3 });
        Assert.Equal(ExitReason.LossChangeBelowTolerance, result.Reason);
        Assert.Equal(6, result.Steps);
    }

    [Fact]
    public void Stop_conditions_refuse_nonsense()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new StopConditions { MaxSteps = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new StopConditions { GradientTolerance = double.NaN });
        Assert.Throws<ArgumentOutOfRangeException>(() => new StopConditions { LossTolerance = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new StopConditions { Patience = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new StopConditions { TargetLoss = double.NaN });
        Assert.Throws<ArgumentOutOfRangeException>(() => Optimizer.Fold(Optimizer.Init(new Sgd(), Start), -1, p => p));
        Assert.Throws<ArgumentException>(() => Optimizer.Minimize(new Sgd(), Start, _ => null!));
    }
}
