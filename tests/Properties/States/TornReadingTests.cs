using Optim.Properties.Checkpoints;
using Xunit;

namespace Optim.Properties.States;

/// <summary>What is read of a state while another thread steps its donated copy, in the same memory, is whole or refused: never half of each.</summary>
public class TornReadingTests
{
    private const int Rounds = 30;

    private static readonly Layout Long = Layout.OfVector(1_000_000);

    private static readonly TensorSet<float> Ones = TensorSet.Filled(Long, 1f), Minus = TensorSet.Filled(Long, -1f);

    [Fact]
    public void Every_reading_beside_a_donated_step_is_whole_or_refused()
    {
        using TemporaryFolder folder = new();
        var before = Begun();
        var (step, norm, first) = (before.Step(Minus).Item1, before.Parameters.Norm(), before.Parameters.Span[0]);
        var slot = before.Slots["exp_avg"].Copy();
        int whole = 0, refused = 0;
        Race(state => Same(state.Step(Minus).Item1.Equals(step)));
        Race(state => Same(state.Parameters.Norm() == norm));
        Race(state => Same(state.Parameters.Copy().Equals(before.Parameters)));
        Race(state => Same(Array.TrueForAll(state.Parameters.ToArray(), x => x == first)));
        Race(state => Same(state.Slots["exp_avg"].Equals(slot)));
        Race(state => Same((state.Parameters + state.Parameters).Equals(before.Parameters + before.Parameters)));
        Race(state => Same(state.Equals(before)));
        Race(state => Same(state.WithMaxThreads(1).Step(Minus).Item1.Equals(step)));
        Race(state =>
        {
            Checkpoint.Save(folder["a"], state);
            Same(Checkpoint.Load<float>(folder["a"]).Equals(before));
        });
        Assert.Equal(9 * Rounds, whole + refused);

        // A file that a refused save leaves is the one from before.
        Assert.Equal(before, Checkpoint.Load<float>(folder["a"]));

        void Same(bool same)
        {
            Assert.True(same, "half of one step, half of another");
            whole++;
        }

        void Race(Action<OptimizerState<float>> read)
        {
            Checkpoint.Save(folder["a"], before);
            for (int i = 0; i < Rounds; i++)
            {
                var state = Begun();
                var donated = state.Donate();
                using Barrier together = new(2);
                Exception? thrown = null;
                var thread = new Thread(() =>
                {
                    together.SignalAndWait();
                    Thread.SpinWait(i * 2000);
                    try
                    {
                        donated.Step(Ones);
                    }
                    catch (Exception e)
                    {
                        // Where the reader shared the memory in time, the step writes elsewhere.
                        thrown = e;
                    }
                });
                thread.Start();
                together.SignalAndWait();
                try
                {
                    read(state);
                }
                catch (InvalidOperationException)
                {
                    refused++;
                }

                thread.Join();
                Assert.Null(thrown);
            }
        }
    }

    /// <summary>A gradient, or a diagonal, that is the donated state's own memory.</summary>
    [Fact]
    public void What_a_donated_state_holds_may_be_its_own_gradient()
    {
        foreach (var entry in RuleRegistry.All.Where(entry => entry.GradientIsEnough))
        {
            var start = TensorSet.Generate(Layout.Of(new TensorShape("w", 3, 2), new TensorShape("b", 3)), i => Math.Cos(i));
            var state = Optimizer.Init(entry.Create(), start).Step(start).Item1;
            foreach (string name in state.Slots.Keys.Where(name => state.Slots[name].Layout.Equals(start.Layout)).Prepend(""))
            {
                var copy = Optimizer.Restore(state.Rule, state.StepCount, state.Parameters.Copy(), state.Slots.ToDictionary(slot => slot.Key, slot => slot.Value.Copy()), state.Scalars);
                var gradient = name.Length == 0 ? copy.Parameters : copy.Slots[name];
                var expected = Optimizer.Step(copy, gradient.Copy(), 1.0, gradient.Copy()).Item1;
                Assert.Equal(expected, Optimizer.Step(copy.Donate(), gradient, 1.0, gradient).Item1);
            }
        }
    }

    private static OptimizerState<float> Begun() => Optimizer.Init(new AdamW { LearningRate = 0.1 }, TensorSet.Filled(Long, 5f)).WithMaxThreads(1).Step(Ones).Item1;
}
