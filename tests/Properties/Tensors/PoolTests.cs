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
    private const int Length = 100_000;

    [Fact]
    public void In_any_order_of_steps_disposals_finalizers_and_collections_everything_holds_what_it_held() => Check(new PoolMachine(40), runs: 40);

    [SoakFact]
    public void In_long_runs_everything_holds_what_it_held() => Check(new PoolMachine(200), runs: 400);

    /// <summary>A resurrected state is read by a span, and dropped, while the finalizer of its memory waits in the queue behind another.</summary>
    [Fact]
    public void A_span_of_a_resurrected_state_keeps_its_memory_from_a_finalizer_that_is_late()
    {
        using Turnstile turnstile = new();
        Drop(turnstile);
        GC.Collect();
        turnstile.WaitUntilResurrected();
        var span = turnstile.TakeSpan();

        // Ends the lease while the finalizer thread is held up.
        GC.Collect();
        turnstile.Open();
        for (int round = 0; round < 5; round++)
        {
            GC.WaitForPendingFinalizers();
            Churn();
            Assert.Equal(-1, span.IndexOfAnyExcept(41));
            GC.Collect();
        }
    }

    [Fact]
    public void While_finalizers_do_not_run_a_pure_fold_lives_on_arrays_like_any_other()
    {
        Churn();
        using Turnstile turnstile = new();
        Drop(turnstile);
        GC.Collect();
        turnstile.WaitUntilResurrected();
        long before = GC.GetTotalMemory(forceFullCollection: false);
        Churn(1000);
        GC.Collect();
        long kept = GC.GetTotalMemory(forceFullCollection: false) - before;
        turnstile.Open();
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
    private static void Drop(Turnstile turnstile)
    {
        var zero = TensorSet.Filled(Layout.OfVector(Length), 0.0);
        _ = new Resurrected(turnstile, Optimizer.Init(new Identity(), zero).Step(zero.Map(_ => -41.0)).Item1);
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

    /// <summary>Resurrects a state in its finalizer, and holds the finalizer thread until the turnstile opens.</summary>
    private sealed class Resurrected(Turnstile turnstile, OptimizerState<double> state)
    {
        ~Resurrected() => turnstile.Hold(state);
    }

    private sealed class Turnstile : IDisposable
    {
        private readonly ManualResetEventSlim reached = new(), open = new();
        private OptimizerState<double>? state;

        public void Hold(OptimizerState<double> resurrected)
        {
            Hand(resurrected);
            reached.Set();
            open.Wait();
        }

        public void WaitUntilResurrected() => reached.Wait();

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
        private void Hand(OptimizerState<double> resurrected) => state = resurrected;
    }
}
