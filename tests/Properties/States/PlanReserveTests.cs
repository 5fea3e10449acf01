using System.Runtime.CompilerServices;
using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.States;

/// <summary>The states of a run hand their plan on, and nobody sees it.</summary>
public class PlanReserveTests
{
    private static readonly TensorSet<double> Start = TensorSet.OfArray([1.0, -2, 3]), Gradient = TensorSet.OfArray([0.5, 0.25, -1]);

    [Fact]
    public void Many_threads_step_the_same_state_as_one_does()
    {
        foreach (var rule in new Rule[] { new AdamW(), new Chain(new ClipByGlobalNorm(0.1), new Adam()), new NAdam() })
        {
            var state = Optimizer.Init(rule, Start).Step(Gradient).Item1;
            var expected = state.Step(Gradient).Item1;
            Parallel.For(0, 2000, _ => Assert.Equal(expected, state.Step(Gradient).Item1));
            Assert.Equal(expected, state.Step(Gradient).Item1);
        }
    }

    [Fact]
    public void An_objective_may_step_the_state_that_is_being_stepped()
    {
        var state = Stepped(Optimizer.Init(new Sam(), Start), Bowl);
        var expected = Stepped(state, Bowl);
        Assert.Equal(expected, Stepped(state, point =>
        {
            Assert.Equal(expected, Stepped(state, Bowl));
            return Bowl(point);
        }));

        static OptimizerState<double> Stepped(OptimizerState<double> from, Func<TensorSet<double>, Tuple<double, TensorSet<double>>> objective) => Optimizer.StepOn(from, objective).Item1;

        static Tuple<double, TensorSet<double>> Bowl(TensorSet<double> at) => Tuple.Create(0.5 * at.Dot(at), at);
    }

    [Fact]
    public void A_step_that_throws_leaves_no_trace_in_the_next()
    {
        var state = Optimizer.Init(new NAdam { LearningRate = Schedule.Table([0.1, 0.1, -1]) }, Start).Step(Gradient).Item1;
        var last = state.Step(Gradient).Item1;
        Assert.Throws<ArgumentOutOfRangeException>(() => last.Step(Gradient));
        Assert.Equal(last, state.Step(Gradient).Item1);
    }

    [Fact]
    public void Nothing_of_a_step_is_kept_by_the_plan()
    {
        var (state, gradient) = Stepped();
        GC.Collect();
        Assert.False(gradient.IsAlive);
        Assert.Equal(1, state.StepCount);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static (OptimizerState<double>, WeakReference) Stepped()
        {
            var one = TensorSet.OfArray([0.5, 0.25, -1]);
            return (Optimizer.Step(Optimizer.Init(new Sophia(), Start), one, hessianDiagonal: one).Item1, new(one));
        }
    }
}
