using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>SWATS: Adam, the switch, SGD.</summary>
public class SwatsTests(ITestOutputHelper output)
{
    [Fact]
    public void Swats_follows_its_textbook_in_both_phases()
    {
        int switched = 0, stayed = 0;
        SetTextbook.Agrees(output, Any, s => new TextbookSwats((Swats)s.Rule), 1e-9, double.PositiveInfinity);
        Law.Check(output, Scenario.From(Any, draw => draw.Moderate(), (25, 40)), s => _ = s.Run<double>().Scalars["switch_step"] > 0 ? switched++ : stayed++);
        Assert.True(switched > 10 && stayed > 10, $"{switched} switched, {stayed} did not");

        static Swats Any(Draw draw) => new()
        {
            LearningRate = Textbook.Any(draw, 0.01, 0.2), Beta1 = Textbook.Any(draw, 0, 0.95), Beta2 = Textbook.Any(draw, 0.5, 0.999), Epsilon = draw.Of(1e-8, 1e-3),
            WeightDecay = draw.Of<Schedule>(0, Textbook.Any(draw, 0.001, 0.1)), RelativeTolerance = draw.Of(0, 1e-6, 0.1, 0.5), AbsoluteTolerance = draw.Of(0, 1e-8),
            Nesterov = draw.Coin(), EpsilonTwice = draw.Coin(),
        };
    }

    [Fact]
    public void Before_the_switch_it_is_Adam_whose_epsilon_is_not_corrected() => Law.Check(
        output, Scenario.From(draw => new Swats { RelativeTolerance = 0, AbsoluteTolerance = 0, Epsilon = 0, LearningRate = 0.1 }, draw => draw.Moderate()), s =>
            Same.Close(
                s.Run<double>(new Adam { LearningRate = 0.1, Epsilon = 0 }).Parameters.ToArray(), s.Run<double>().Parameters.ToArray(), 1e-12, 10));

    [Fact]
    public void It_switches_once_for_all_tensors_and_not_at_the_first_step()
    {
        // The average of one value is that value, so that only the rule about the first step holds it back.
        var layout = Layout.Of(new TensorShape("a", 2), new TensorShape("b", 1));
        var rule = new Swats { AbsoluteTolerance = 1e3, LearningRate = 0.5, Epsilon = 0 };
        var gradient = TensorSet.OfValues<double>(layout, [1, 2, -3]);
        var states = Optimizer.Scan(Optimizer.Init(rule, TensorSet.Filled(layout, 0.0)), Enumerable.Repeat(gradient, 4)).ToList();
        Assert.Equal([0.0, 0, 2, 2, 2], states.Select(s => s.Scalars["switch_step"]));
        Assert.Equal(states[2].Slots["exp_avg"], states[4].Slots["exp_avg"]);
        Assert.All(states[2].Slots["momentum_buffer"].ToArray(), x => Assert.Equal(0, x));
        Same.Close([1.9, 3.8, -5.7], states[4].Slots["momentum_buffer"].ToArray(), 1e-15);

        // |u|^2 / <u, g> = 0.5 * 3 / (1 + 2 + 3), whatever the step, for u = 0.5 sign(g).
        double rate = 0.5 * 3 / 6;
        Same.Close([.. gradient.ToArray().Select(g => 0.1 * rate * g)], [.. states[2].Parameters.ToArray().Zip(states[3].Parameters.ToArray(), (p, q) => p - q)], 1e-12);
    }

    [Fact]
    public void After_the_switch_the_rate_keeps_its_proportion_to_the_schedule()
    {
        var rule = new Swats { AbsoluteTolerance = 1e3, Beta1 = 0, LearningRate = Schedule.Table([0.5, 0.5, 0.5, 0.25]) };
        var states = Optimizer.Scan(Optimizer.Init(rule, TensorSet.OfArray([0.0, 0])), Enumerable.Repeat(TensorSet.OfArray([1.0, 2]), 4)).ToList();
        Assert.Equal(2, states[4].Scalars["switch_step"]);
        double[] moves = [.. states.Zip(states.Skip(1), (a, b) => a.Parameters.Span[0] - b.Parameters.Span[0])];
        Same.Close(moves[2] / 2, moves[3], 1e-12);
    }

    [Fact]
    public void A_step_across_the_gradient_measures_nothing()
    {
        var state = Optimizer.Init(new Swats { AbsoluteTolerance = 1e3 }, TensorSet.OfArray([1.0]));
        var end = Optimizer.Fold(state, [TensorSet.OfArray([0.0]), TensorSet.OfArray([0.0])]);
        Assert.Equal(0, end.Scalars["exp_avg2"]);
        Assert.Equal(0, end.Scalars["switch_step"]);
    }
}
