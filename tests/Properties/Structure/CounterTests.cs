using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.Structure;

/// <summary>Law 16.</summary>
public class CounterTests
{
    public static IEnumerable<object[]> Late =>
        from entry in RuleNames.OfGradient
        from steps in new[] { int.MaxValue - 1L, int.MaxValue, 1L << 31, 1L << 32, 1L << 53, (1L << 53) + 1, long.MaxValue - 2 }
        select new object[] { entry.Name, steps };

    [Theory]
    [MemberData(nameof(Late))]
    public void A_step_after_so_many_is_as_sane_as_any(string rule, long steps)
    {
        // With schedules on, which must stay finite; late in a run every correction of bias is 1, and equal gradients give equal updates.
        var plain = RuleRegistry.Find(rule)!.Create();
        foreach (var hyperparameter in RuleProperty.Of(plain).Where(h => h.Name is "LearningRate" or "Factor" or "WeightDecay"))
        {
            plain = hyperparameter.With(plain, new WarmupCosineSchedule(0.5, 1L << 20, 1L << 40) { EndValue = 0.25 });
        }

        steps -= (steps + 1) % RuleRegistry.Find(rule)!.Period;
        var state = At(plain, steps);
        var next = Optimizer.Fold(state, [TensorSet.OfArray([0.5, -2])]);
        Assert.Equal(steps + 1, next.StepCount);
        Assert.All(next.Parameters.ToArray(), x => Assert.True(double.IsFinite(x)));
        Assert.Contains(next.Parameters.ToArray().Zip(state.Parameters.ToArray()), pair => pair.First != pair.Second);
    }

    [Theory]
    [InlineData(1L << 31)]
    [InlineData(1L << 53)]
    [InlineData(long.MaxValue - 1)]
    public void Late_in_a_run_no_bias_is_left_to_correct(long steps)
    {
        double[] m = [0.5, -2], v = [4, 9];
        var adam = new Adam { LearningRate = 1, Beta1 = 0.5, Beta2 = 0.75, Epsilon = 0 };
        var state = Optimizer.Restore(adam, steps, Zero, Slots(("exp_avg", m), ("exp_avg_sq", v)), NoScalars);
        var gradient = TensorSet.OfArray([1.5, 4]);
        var next = state.Step(gradient).Item1;
        for (int i = 0; i < 2; i++)
        {
            double g = gradient.Span[i], mean = (0.5 * m[i]) + (0.5 * g), square = (0.75 * v[i]) + (0.25 * g * g);
            Same.Close(-mean / Math.Sqrt(square), next.Parameters.Span[i], 1e-15);
        }
    }

    [Fact]
    public void The_counter_ends_with_a_clear_error_and_the_state_lives()
    {
        var last = At(new Adam(), long.MaxValue - 1).Step(TensorSet.OfArray([1.0, 1])).Item1;
        Assert.Equal(long.MaxValue, last.StepCount);
        var error = Assert.Throws<OverflowException>(() => last.Donate().Step(TensorSet.OfArray([1.0, 1])));
        Assert.Contains("9223372036854775807 steps", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, last.Parameters.Span.Length);
    }

    [Fact]
    public void A_negative_counter_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => At(new Identity(), -1));

    private static TensorSet<double> Zero => TensorSet.OfArray([0.0, 0]);

    private static Dictionary<string, double> NoScalars => [];

    private static OptimizerState<double> At(Rule rule, long steps)
    {
        var first = Optimizer.Init(rule, TensorSet.OfArray([1.0, -3]));
        return Optimizer.Restore(rule, steps, first.Parameters, first.Slots, first.Scalars);
    }

    private static Dictionary<string, TensorSet<double>> Slots(params (string Name, double[] Values)[] slots) =>
        slots.ToDictionary(slot => slot.Name, slot => TensorSet.OfArray(slot.Values));
}
