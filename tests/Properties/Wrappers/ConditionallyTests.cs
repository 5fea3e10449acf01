using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Wrappers;

/// <summary>Optax's conditionally_transform and conditionally_mask.</summary>
public class ConditionallyTests(ITestOutputHelper output)
{
    [Fact]
    public void It_acts_where_it_is_to_and_rests_elsewhere() => Law.Check(output, Any(), s =>
    {
        var rule = (Conditionally)s.Rule;
        var state = s.Begin<double>();
        var inner = Optimizer.Init(rule.Inner, s.StartOf<double>());
        for (int t = 0; t < s.Gradients.Length; t++)
        {
            var gradient = s.Set<double>(s.Gradients[t]);
            var next = state.Step(gradient).Item1;
            if (rule.When.At(t) != 0)
            {
                inner = Optimizer.Restore(inner.Rule, inner.StepCount, state.Parameters, inner.Slots, inner.Scalars).Step(gradient).Item1;
                Same.Bits(inner.Parameters, next.Parameters);
            }
            else if (rule.Otherwise == WhenIdle.Rest)
            {
                Same.Bits(state.Parameters, next.Parameters);
            }
            else
            {
                Same.Bits(state.Parameters - gradient, next.Parameters);
            }

            Assert.Equal(inner.Slots.Values, next.Slots.Values);
            Assert.Equal([.. inner.Scalars.Values, inner.StepCount], next.Scalars.Values);
            state = next;
        }
    }, 100);

    [Fact]
    public void The_condition_sees_all_steps_and_the_rule_inside_its_own()
    {
        var odd = Schedule.OfFunction("odd", t => t % 2);
        var rule = new Conditionally(new Scale { Factor = Schedule.Table([10, 20, 30]) }, odd);
        var state = Optimizer.Init(rule, TensorSet.OfArray([0.0]));
        var seen = new List<double>();
        for (int t = 0; t < 6; t++)
        {
            var next = state.Step(TensorSet.OfArray([1.0])).Item1;
            seen.Add(state.Parameters.Span[0] - next.Parameters.Span[0]);
            state = next;
        }

        Assert.Equal([1.0, 10, 1, 20, 1, 30], seen);
        Assert.Equal(3, state.Scalars["inner_steps"]);
    }

    [Fact]
    public void A_whole_optimizer_inside_rests_or_is_refused()
    {
        var start = TensorSet.OfArray([1.0]);
        var even = Schedule.OfFunction("even", t => 1 - (t % 2));
        Refused.With<ArgumentException>("Conditionally cannot hold Sgd, which steps at a rate of its own", () => Optimizer.Init(new Conditionally(new Sgd(), even), start));
        Assert.Equal(start, Optimizer.Init(new Conditionally(new Sgd(), Schedule.Table([0, 1])) { Otherwise = WhenIdle.Rest }, start).Step(start).Item2);
    }

    [Fact]
    public void A_way_that_has_no_name_is_refused() => Refused.With<ArgumentOutOfRangeException>("Otherwise must be one of the named ways", () => new Conditionally { Otherwise = (WhenIdle)9 });

    private static FsCheck.Arbitrary<Scenario> Any() => Scenario.OfTrees(2, (draw, inner) =>
        new Conditionally(inner, Schedule.Table([.. Enumerable.Range(0, 40).Select(_ => draw.Of(0.0, 1, -0.5))])) { Otherwise = draw.Of(WhenIdle.HandOn, WhenIdle.Rest) });
}
