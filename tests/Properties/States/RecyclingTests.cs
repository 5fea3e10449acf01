using System.Runtime.CompilerServices;
using Optim.Properties.Tensors;
using Xunit;

namespace Optim.Properties.States;

/// <summary>Memory from the pool comes back only when nothing can read it any more.</summary>
[Collection(nameof(Memory))]
public class RecyclingTests
{
    private const int Length = 100_000;

    [Fact]
    public void A_span_keeps_its_memory_while_everything_else_is_collected_and_reused()
    {
        var span = SpanOfNobody(41);
        var other = SpanOfNobody(42);
        for (int round = 0; round < 5; round++)
        {
            Churn();
            Collect();
            Assert.Equal(-1, span.IndexOfAnyExcept(41));
            Assert.Equal(-1, other.IndexOfAnyExcept(42));
        }
    }

    [Fact]
    public void Views_keep_their_memory()
    {
        var (set, tensor, slot) = ViewsOfNobody();
        for (int round = 0; round < 5; round++)
        {
            Churn();
            Collect();
        }

        Assert.Equal(-1, set.Span.IndexOfAnyExcept(0.75));
        Assert.Equal(-1, tensor.Span.IndexOfAnyExcept(0.75));
        Assert.Equal(-1, slot.Span.IndexOfAnyExcept(0.25));
    }

    [Fact]
    public void A_pure_fold_that_drops_each_old_state_reuses_memory()
    {
        Churn();
        const int Steps = 2000;
        long before = GC.GetTotalAllocatedBytes();
        Churn(Steps);
        long bytes = GC.GetTotalAllocatedBytes() - before, all = 2L * Steps * Length * sizeof(double);
        Assert.True(bytes < all / 2, $"of {all} bytes, {bytes} were allocated");
    }

    [Fact]
    public void A_donated_step_allocates_nothing_that_grows()
    {
        var gradient = TensorSet.Filled(Layout.OfVector(Length), 0.5);
        var state = Optimizer.Fold(Optimizer.Init(new AdamW(), gradient).WithMaxThreads(1), [gradient, gradient, gradient]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            state = state.Donate().Step(gradient).Item1;
        }

        long bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / 100;
        Assert.True(bytes < 4096, $"{bytes} bytes a step");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ReadOnlySpan<double> SpanOfNobody(double value)
    {
        var zero = TensorSet.Filled(Layout.OfVector(Length), 0.0);
        return Optimizer.Init(new Identity(), zero).Step(zero.Map(_ => -value)).Item1.Parameters.Span;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (TensorSet<double> Set, Tensor<double> Tensor, TensorSet<double> Slot) ViewsOfNobody()
    {
        var one = TensorSet.Filled(Layout.OfVector(Length), 1.0);
        var state = Optimizer.Init(new Sgd { LearningRate = 1, Momentum = 0.5 }, one).Step(one.Scale(0.25)).Item1;
        return (state.Parameters, state.Parameters[0], state.Slots["momentum_buffer"]);
    }

    private static void Churn(int steps = 100)
    {
        var gradient = TensorSet.Filled(Layout.OfVector(Length), 0.5);
        var state = Optimizer.Init(new Sgd { Momentum = 0.5 }, gradient);
        for (int i = 0; i < steps; i++)
        {
            state = state.Step(gradient).Item1;
        }
    }

    private static void Collect()
    {
        for (int i = 0; i < 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }
}
