using Optim.Execution;
using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.States;

/// <summary>What the facade of Optim.CSharp is made of; its bits are the facade's, which CSharp/InPlaceOptimizerTests holds to those of the core.</summary>
public class InPlaceStateTests
{
    private static readonly Layout Two = Layout.Of(new TensorShape("a", 2), new TensorShape("b", 3));

    [Fact]
    public void Memory_that_is_not_as_the_layout_says_is_refused_by_name()
    {
        Refused.With<ArgumentException>("parameters must be 2, one for each tensor of a [2], b [3], were 1.", () => Of([new float[2]], [new float[2], new float[3]]));
        Refused.With<ArgumentException>("gradients must be 2, one for each tensor of", () => Of([new float[2], new float[3]], []));
        Refused.With<ArgumentException>("parameters of tensor 'b' must have 3 elements, had 2.", () => Of([new float[2], new float[2]], [new float[2], new float[3]]));
        Refused.With<ArgumentException>("gradients of tensor 'a' must have 2 elements, had 3.", () => Of([new float[2], new float[3]], [new float[3], new float[3]]));

        static InPlaceState<float> Of(Memory<float>[] parameters, ReadOnlyMemory<float>[] gradients) => new(new Adam(), Two, parameters, gradients);
    }

    [Fact]
    public void After_its_end_and_within_a_call_every_call_is_refused()
    {
        float[] a = [1, 2], b = [1, 2, 3];
        var state = new InPlaceState<float>(new Adam(), Two, [a, b], [new float[2], new float[3]]);
        Action[] calls = [() => state.Step(), () => state.StepOn(() => 0), () => state.Snapshot(), () => state.Continue(new Adam()), () => state.GradientNorm(), () => state.Load(state.Snapshot())];
        Assert.All(calls, call => Assert.Throws<InvalidOperationException>(() => state.StepOn(() =>
        {
            call();
            return 0;
        })));
        Assert.Equal(7, state.StepOn(() => 7));
        state.Dispose();
        state.Dispose();
        Assert.True(state.IsDisposed);
        Assert.All(calls, call => Assert.Throws<ObjectDisposedException>(call));
        Assert.Equal([1, 2, 1, 2, 3], [.. a, .. b]);
    }

    [Fact]
    public void Once_it_is_disposed_of_no_step_moves_anything_and_disposing_again_does_nothing()
    {
        const int Runs = 300;
        float[] a = new float[2], b = new float[3];
        using var barrier = new Barrier(2);
        InPlaceState<float>? state = null;
        float[] atEnd = new float[Runs];
        Exception? failure = null;
        var stepping = new Thread(() =>
        {
            for (int run = 0; run < Runs; run++)
            {
                barrier.SignalAndWait();
                try
                {
                    while (true)
                    {
                        Retried(() => state!.Step());
                    }
                }
                catch (ObjectDisposedException)
                {
                    // As it should be.
                }
                catch (Exception e)
                {
                    failure = e;
                }

                barrier.SignalAndWait();
            }
        })
        {
            IsBackground = true,
        };
        stepping.Start();
        for (int run = 0; run < Runs; run++)
        {
            state = new(new Sgd { LearningRate = 1, Momentum = 0.5 }, Two, [a, b], [new float[] { 1, 1 }, new float[3]]);
            barrier.SignalAndWait();
            Thread.SpinWait(run * 10);
            Retried(state.Dispose);
            atEnd[run] = a[0];
            barrier.SignalAndWait();
            Assert.Equal(atEnd[run], a[0]);
            state.Dispose();
        }

        stepping.Join();
        Assert.Null(failure);

        static void Retried(Action call)
        {
            while (true)
            {
                try
                {
                    call();
                    return;
                }
                catch (InvalidOperationException e) when (e is not ObjectDisposedException)
                {
                    // The other thread is within a call.
                }
            }
        }
    }

    [Fact]
    public void Threads_and_backend_are_checked()
    {
        using var state = new InPlaceState<float>(new Adam(), Two, [new float[2], new float[3]], [new float[2], new float[3]]);
        state.SetMaxThreads(2);
        Assert.Equal((2, Backend.Simd), (state.MaxThreads, state.Backend));
        Assert.Throws<ArgumentOutOfRangeException>(() => state.SetMaxThreads(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => state.SetBackend((Backend)7));
    }
}
