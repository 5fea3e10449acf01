using System.Reflection;
using System.Runtime.CompilerServices;
using FsCheck;
using FsCheck.Experimental;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;
using Optim.Properties.Checking;
using Optim.Tensors;
using Xunit;

namespace Optim.Properties.Tensors;

/// <summary>No memory of the pool is anybody else's while something can use it, finalizers and what they resurrect included; and the pool keeps nobody from memory.</summary>
[Collection(nameof(Memory))]
public class PoolTests
{
    private const int Length = 100_000, Own = 70_000;

    [Fact]
    public void In_any_order_of_steps_disposals_finalizers_and_collections_everything_holds_what_it_held() => Check(new PoolMachine(40), runs: 40);

    /// <summary>One that throws there ends the process: a constructor that runs out of memory leaves an object to be finalized.</summary>
    [Fact]
    public void What_was_never_constructed_is_finalized_all_the_same()
    {
        var pooled = (PooledArray<float>)RuntimeHelpers.GetUninitializedObject(typeof(PooledArray<float>));
        GC.SuppressFinalize(pooled);
        typeof(PooledArray<float>).GetMethod("Finalize", BindingFlags.Instance | BindingFlags.NonPublic)!.Invoke(pooled, null);
    }

    [SoakFact]
    public void In_long_runs_everything_holds_what_it_held() => Check(new PoolMachine(200), runs: 400);

    // Soaks all three: near a limit the runtime itself may end the process, before any code can say what it saw.
    [SoakTheory]
    [InlineData(256)]
    public void Under_a_heap_limit_a_model_that_is_dropped_keeps_no_other_from_memory(int mebibytes) => Assert.Equal("", HeapLimit.Report(mebibytes, "models"));

    [SoakTheory]
    [InlineData(256)]
    public void Where_memory_runs_out_within_a_donated_step_the_state_is_as_it_was_or_says_that_it_is_not(int mebibytes) => Assert.Equal("", HeapLimit.Report(mebibytes, "work"));

    [SoakTheory]
    [InlineData(128)]
    [InlineData(512)]
    public void Under_a_heap_limit_finalizers_see_their_own_state(int mebibytes) => Assert.Equal("", HeapLimit.Report(mebibytes, "finalizers", seconds: 2));

    [SoakTheory]
    [InlineData(128)]
    [InlineData(512)]
    [InlineData(2048)]
    public void Under_heap_limits_all_of_this_holds_for_minutes(int mebibytes)
    {
        Assert.Equal("", HeapLimit.Report(mebibytes, "models"));
        Assert.Equal("", HeapLimit.Report(mebibytes, "work"));
        Assert.Equal("", HeapLimit.Report(mebibytes, "finalizers", seconds: 200));
    }

    /// <summary>A resurrected state is read by a span, and dropped, while the finalizer of its memory waits in the queue behind another.</summary>
    [Fact]
    public void A_span_of_a_resurrected_state_keeps_its_memory_from_a_finalizer_that_is_late()
    {
        using Gate gate = new();
        Drop(gate);
        GC.Collect();
        gate.WaitUntilReached();
        var span = gate.TakeSpan();

        // Ends the lease while the finalizer thread is held up.
        GC.Collect();
        gate.Open();
        for (int round = 0; round < 5; round++)
        {
            GC.WaitForPendingFinalizers();
            Churn(length: Own);
            Assert.Equal(-1, span.IndexOfAnyExcept(41));
            GC.Collect();
        }
    }

    [Fact]
    public void While_finalizers_do_not_run_a_pure_fold_lives_on_arrays_like_any_other()
    {
        Churn();
        using Gate gate = new();
        Drop(gate);
        GC.Collect();
        gate.WaitUntilReached();
        long before = GC.GetTotalMemory(forceFullCollection: false);
        Churn(1000);
        GC.Collect();
        long kept = GC.GetTotalMemory(forceFullCollection: false) - before;
        gate.Open();
        long all = 1000L * 2 * Length * sizeof(double);
        Assert.True(kept < all / 10, $"of {all} bytes, {kept} were kept");
    }

    [Fact]
    public void An_application_may_forbid_collections()
    {
        AppContext.SetSwitch(FullCollection.Switch, false);
        try
        {
            Churn(300);
            int before = Forced();
            Churn(300);
            Assert.Equal(before, Forced());
        }
        finally
        {
            AppContext.SetSwitch(FullCollection.Switch, true);
        }

        int since = Forced();
        Churn(300);
        Assert.True(Forced() > since);

        static int Forced() => FullCollection.Count;
    }

    private static void Check(PoolMachine machine, int runs)
    {
        ulong seed = (ulong)(uint)Seed.Of($"pool {runs}");
        var replay = new Replay(new Rnd(seed, (2 * seed) + 1), FSharpOption<int>.None);
        StateMachine.ToProperty(machine).Check(Config.QuickThrowOnFailure.WithMaxTest(runs).WithReplay(new FSharpOption<Replay>(replay)));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Drop(Gate gate)
    {
        // Before and after its memory, of a length of its own: in whichever order finalizers run, one of these comes before that of the memory.
        Resurrected before = new(gate);
        var zero = TensorSet.Filled(Layout.OfVector(Own), 0.0);
        var state = Optimizer.Init(new Identity(), zero).Step(zero.Map(_ => -41.0)).Item1;
        Resurrected after = new(gate);
        Box box = new(state);
        (before.Box, after.Box) = (box, box);
    }

    private static void Churn(int steps = 100, int length = Length)
    {
        var gradient = TensorSet.Filled(Layout.OfVector(length), 0.5);
        var state = Optimizer.Init(new Sgd { Momentum = 0.5 }, gradient);
        for (int i = 0; i < steps; i++)
        {
            state = state.Step(gradient).Item1;
        }
    }

    /// <summary>Holds the finalizer thread.</summary>
    private sealed class Resurrected(Gate gate)
    {
        public Box? Box { get; set; }

        ~Resurrected() => gate.Hold(Box!);
    }

    /// <summary>What the finalizers share: the first takes the state out, so that nothing in their queue holds it.</summary>
    private sealed class Box(OptimizerState<double> state)
    {
        public OptimizerState<double>? State { get; set; } = state;
    }

    private sealed class Gate : IDisposable
    {
        private readonly ManualResetEventSlim reached = new(), open = new();
        private OptimizerState<double>? state;

        public void Hold(Box box)
        {
            if (!reached.IsSet)
            {
                Hand(box);
                reached.Set();
                open.Wait();
            }
        }

        public void WaitUntilReached() => reached.Wait();

        [MethodImpl(MethodImplOptions.NoInlining)]
        public ReadOnlySpan<double> TakeSpan()
        {
            var span = state!.Parameters.Span;
            state = null;
            return span;
        }

        public void Open() => open.Set();

        public void Dispose()
        {
            open.Set();
            GC.WaitForPendingFinalizers();
            reached.Dispose();
            open.Dispose();
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private void Hand(Box box) => (state, box.State) = (box.State, null);
    }
}
