using Xunit;

namespace Optim.Properties.States;

/// <summary>When a run ends, and how: the limits themselves, what comes first where several hold, and how long nothing may move.</summary>
public class StopReasonTests
{
    [Fact]
    public void What_is_at_a_limit_has_reached_it()
    {
        var stop = new StopConditions { TargetLoss = 2, GradientTolerance = 0.5, Patience = 4, MaxEvaluations = 10, MaxSteps = 7 };
        Assert.Equal(ExitReason.TargetLossReached, Of(stop, loss: 2));
        Assert.Equal(ExitReason.TargetLossReached, Of(stop, loss: 1, norm: 0.1, calm: 9));
        Assert.Null(Of(stop, loss: Math.BitIncrement(2)));
        Assert.Equal(ExitReason.GradientBelowTolerance, Of(stop, norm: 0.5, calm: 4));
        Assert.Null(Of(stop, norm: Math.BitIncrement(0.5)));
        Assert.Null(Of(stop with { GradientFree = true }, norm: 0));
        Assert.Equal(ExitReason.LossChangeBelowTolerance, Of(stop, calm: 4, evaluations: 10, steps: 7));
        Assert.Null(Of(stop, calm: 3));
        Assert.Equal(ExitReason.LossChangeBelowTolerance, Of(stop, calm: 1, standsStill: true));
        Assert.Equal(ExitReason.NoProgress, Of(stop, calm: 0, standsStill: true, evaluations: 10));
        Assert.Equal(ExitReason.MaxEvaluationsReached, Of(stop, evaluations: 10, steps: 7));
        Assert.Null(Of(stop, evaluations: 9, steps: 6));
        Assert.Equal(ExitReason.MaxStepsReached, Of(stop, steps: 7));
        Assert.Equal(ExitReason.Cancelled, Of(stop with { Cancellation = new(canceled: true) }, steps: 7, evaluations: 10));
        Assert.Equal(ExitReason.NonFinite, Of(stop, loss: double.NaN, norm: 0));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void A_cycle_through_known_points_ends_without_progress_after_as_many_steps_as_it_may_take(int patience)
    {
        var end = Optimizer.Minimize(
            new Sgd { LearningRate = 2 }, TensorSet.OfArray([1.0]), p => Tuple.Create(p.Span[0] > 0 ? 1.0 : 2.0, p.Copy()), new() { Patience = patience, MaxSteps = 100 });
        Assert.Equal(ExitReason.NoProgress, end.Reason);
        Assert.Equal(2, end.Evaluations);
        Assert.Equal(1 + patience, end.State.StepCount);
    }

    [Theory]
    [InlineData(1000, 0.5, ExitReason.LossChangeBelowTolerance, 3)]
    [InlineData(1000, 1.01, ExitReason.MaxStepsReached, 50)]
    [InlineData(0, 0.0009, ExitReason.LossChangeBelowTolerance, 3)]
    [InlineData(0, 0.0011, ExitReason.MaxStepsReached, 50)]
    public void A_change_of_the_loss_is_small_beside_the_loss_or_1(double level, double change, ExitReason reason, int steps)
    {
        // The loss falls by the change with each step.
        var end = Optimizer.Minimize(
            new Sgd { LearningRate = change }, TensorSet.OfArray([0.0]), p => Tuple.Create(level + p.Span[0], TensorSet.OfArray([1.0])), new() { LossTolerance = 1e-3, Patience = 3, MaxSteps = 50 });
        Assert.Equal(reason, end.Reason);
        Assert.Equal(steps, end.State.StepCount);
    }

    private static ExitReason? Of(StopConditions stop, long steps = 1, long evaluations = 1, double loss = 5, double norm = 3, long calm = 0, bool standsStill = false) =>
        stop.Reason(steps, evaluations, stop.Monitor().Next(loss), norm, calm, standsStill);
}
