using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Wrappers;

/// <summary>Optax's skip_large_updates, and MultiSteps with it and with a schedule.</summary>
public class SkipLargeUpdatesTests(ITestOutputHelper output)
{
    [Fact]
    public void Large_gradients_leave_everything_where_it_is() => Law.Check(output, Scenario.OfTrees(2, (draw, inner) => new SkipLargeUpdates(inner, draw.Of(1e-6, 1, 100, 1e12))), s =>
    {
        var rule = (SkipLargeUpdates)s.Rule;
        var state = s.Begin<double>();
        var inner = Optimizer.Init(rule.Inner, s.StartOf<double>());
        foreach (var gradient in s.GradientsOf<double>())
        {
            var next = state.Step(gradient).Item1;
            double norm = gradient.Norm(2);
            if (norm * norm >= rule.MaxSquaredNorm)
            {
                Same.Bits(state.Parameters, next.Parameters);
            }
            else
            {
                inner = inner.Step(gradient).Item1;
            }

            Same.Bits(inner.Parameters, next.Parameters);
            Assert.Equal(inner.Slots.Values, next.Slots.Values);
            Assert.Equal([.. inner.Scalars.Values, next.StepCount - inner.StepCount], next.Scalars.Values);
            state = next;
        }
    }, 100);

    [Fact]
    public void A_squared_norm_of_the_limit_itself_is_skipped_and_NaN_is_not()
    {
        var state = Optimizer.Init(new SkipLargeUpdates(new Sgd { LearningRate = 1 }, 25), TensorSet.OfArray([0.0, 0]));
        Assert.Equal([0.0, 0], state.Step(TensorSet.OfArray([3.0, 4])).Item1.Parameters.ToArray());
        Assert.Equal([-3.0, -3.9], state.Step(TensorSet.OfArray([3.0, 3.9])).Item1.Parameters.ToArray());
        Assert.True(double.IsNaN(state.Step(TensorSet.OfArray([double.NaN, 0])).Item1.Parameters.Span[0]));
        Refused.With<ArgumentOutOfRangeException>("MaxSquaredNorm must be more than 0", () => new SkipLargeUpdates(new Adam(), 0));
    }

    [Fact]
    public void Around_accumulation_it_is_MultiSteps_with_the_predicate()
    {
        // k = 2: 1 and 3 make the first step, 100 is no part of the second, 5 and 7 are.
        var state = Optimizer.Init(new SkipLargeUpdates(new Accumulate(new Sgd { LearningRate = 1 }, 2), 50), TensorSet.OfArray([0.0]));
        var path = new[] { 1.0, 3, 5, 100, 7 }.Select(g => (state = state.Step(TensorSet.OfArray([g])).Item1).Parameters.Span[0]);
        Assert.Equal([0.0, -2, -2, -2, -8], path);
    }

    [Fact]
    public void With_a_schedule_k_is_that_of_the_steps_taken()
    {
        // k = 1, 2, 3 for the first three steps: gradients 1; 2, 4; 3, 6, 9.
        var rule = new AccumulateOnSchedule(new Sgd { LearningRate = Schedule.Table([1, 10, 100]) }, Schedule.Table([1, 2.9, 3]));
        var state = Optimizer.Init(rule, TensorSet.OfArray([0.0]));
        var path = new[] { 1.0, 2, 4, 3, 6, 9 }.Select(g => (state = state.Step(TensorSet.OfArray([g])).Item1).Parameters.Span[0]);
        Assert.Equal([-1.0, -1, -31, -31, -31, -631], path);
        Assert.Equal(3, state.Scalars["inner_steps"]);
        Refused.With<ArgumentOutOfRangeException>("Period must be 1 or more", () => new AccumulateOnSchedule(new Adam(), 0.5));
    }

    [Fact]
    public void The_period_that_is_reported_is_the_one_that_is_gathered_for_and_does_not_follow_losses()
    {
        var state = Optimizer.Init(new AccumulateOnSchedule(new Sgd(), Schedule.Table([1, 3, 5])), TensorSet.OfArray([0.0]));
        var reported = new List<double>();
        for (int t = 0; t < 6; t++)
        {
            reported.Add(state.Hyperparameters["Period"]);
            state = state.Step(TensorSet.OfArray([1.0])).Item1;
        }

        Assert.Equal([1.0, 3, 3, 3, 5, 5], reported);
        Refused.With<ArgumentException>("Period must follow from the number of steps alone, was ", () => Optimizer.Init(new AccumulateOnSchedule(new Sgd(), Schedule.ReduceOnPlateau(4)), state.Parameters));
    }

    [Fact]
    public void With_a_constant_k_it_is_accumulation() => Law.Check(output, Scenario.OfTrees(2, (draw, inner) => new AccumulateOnSchedule(inner, draw.Integer(2, 4))), s =>
    {
        var rule = (AccumulateOnSchedule)s.Rule;
        var plain = s.Run<double>(new Accumulate(rule.Inner, (int)rule.Period.At(0)));
        var state = s.Run<double>();
        Same.Bits(plain.Parameters, state.Parameters);
        Assert.Equal(plain.Slots.Values, state.Slots.Values);
        Assert.Equal(plain.Scalars.Values, state.Scalars.Values.SkipLast(2));
    }, 60);

    [Fact]
    public void Sparse_indices_are_refused()
    {
        var state = Optimizer.Init(new AccumulateOnSchedule(new SparseAdam(), 3), TensorSet.OfArray([1.0, 2]));
        var indices = new Dictionary<string, IReadOnlyList<int>> { ["0"] = [1] };
        Refused.With<ArgumentException>("sparseIndices must be absent under AccumulateOnSchedule", () => Optimizer.Step(state, state.Parameters, sparseIndices: indices));
    }
}
