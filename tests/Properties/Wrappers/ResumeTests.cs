using System.Numerics;
using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.Wrappers;

/// <summary>Everything at once: warmup, cosine, plateau, accumulation, groups, clipping, and a run cut at every step.</summary>
public class ResumeTests
{
    private const int Steps = 48;

    [Fact]
    public void A_run_cut_at_every_step_has_the_bits_of_the_whole_run()
    {
        Check<float>();
        Check<double>();
    }

    [Fact]
    public void The_values_in_force_are_those_of_the_clock_inside_and_of_the_losses_seen()
    {
        var states = Run<double>(Begin<double>(), 0, Steps).ToList();
        var cosine = Schedule.WarmupCosine(0.1, 3, 14);
        double scale = 1;
        foreach (var state in states)
        {
            long clock = state.StepCount / 3;
            scale = state.Scalars["LearningRate.scale"];
            Assert.Equal(cosine.At(clock) * scale, state.Hyperparameters["inner.rules[1].inner.LearningRate"], 1e-15);
        }

        Assert.True(scale < 0.2, "the plateau was never seen");
        Assert.Equal(14, states.Select(state => state.Hyperparameters["inner.rules[1].inner.LearningRate"]).Distinct().Count(), 6.0);
    }

    private static void Check<T>()
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var whole = Run(Begin<T>(), 0, Steps).ToList();
        for (int cut = 0; cut <= Steps; cut++)
        {
            var middle = whole[cut];
            var restored = Optimizer.Restore(
                Rule(), middle.StepCount, TensorSet.OfValues<T>(middle.Parameters.Layout, middle.Parameters.ToArray()),
                middle.Slots.ToDictionary(slot => slot.Key, slot => slot.Value.Copy()), new Dictionary<string, double>(middle.Scalars));
            Assert.Equal(middle, restored);
            Same.Bits(whole[^1], Run(restored, cut, Steps).Last());
        }
    }

    private static Accumulate Rule()
    {
        var rate = Schedule.WarmupCosine(0.1, 3, 14) * Schedule.ReduceOnPlateau(1, factor: 0.5, patience: 1);
        var rule = new Chain(new ClipByGlobalNorm(1), new AdamW { LearningRate = rate, WeightDecay = 0.1, Beta1 = Schedule.Table([0.95, 0.9, 0.85]) });
        return new Accumulate(rule.NoDecayOn("*bias"), 3);
    }

    private static OptimizerState<T> Begin<T>()
        where T : unmanaged, IFloatingPointIeee754<T> =>
        Optimizer.Init(Rule(), TensorSet.OfTensors(
            Given.Vector("0.weight", Numbers<T>(1, 70)), Given.Vector("0.bias", Numbers<T>(2, 5)), Given.Vector("1.weight", Numbers<T>(3, 33))));

    private static IEnumerable<OptimizerState<T>> Run<T>(OptimizerState<T> state, int from, int to)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        yield return state;
        for (int t = from; t < to; t++)
        {
            // Falls at first, then not at all.
            double loss = 1.0 / Math.Min(t + 1, 12);
            state = Optimizer.Step(state, TensorSet.OfValues<T>(state.Parameters.Layout, Numbers<T>(100 + t, state.Parameters.Length)), loss).Item1;
            yield return state;
        }
    }

    private static T[] Numbers<T>(int seed, int count)
        where T : unmanaged, IFloatingPointIeee754<T> => Array.ConvertAll(new Draw(seed, 100) is var draw ? draw.Numbers(count, draw.Plain) : [], T.CreateTruncating);
}
