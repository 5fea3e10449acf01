using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>LaProp against its paper, with changing rates, and where its decay stands.</summary>
public class LaPropTests(ITestOutputHelper output)
{
    [Fact]
    public void LaProp_follows_its_textbook() => Textbook.Agrees(
        output,
        draw => new LaProp
        {
            LearningRate = Textbook.Any(draw, 0, 0.5), Beta1 = Textbook.Any(draw, 0, 0.99), Beta2 = Textbook.Any(draw, 0.5, 0.999),
            Epsilon = draw.Of(1e-15, 1e-3), WeightDecay = draw.Of<Schedule>(0, Textbook.Any(draw, 0, 1)), DecayBeforeStep = draw.Coin(),
        },
        rule => new TextbookLaProp((LaProp)rule));

    [Fact]
    public void Without_a_mean_it_is_bias_corrected_RMSprop_as_Adam_is() => Law.Check(output, Scenario.From(
        draw => new LaProp { LearningRate = draw.Fraction() + 1e-3, Beta1 = 0, Beta2 = 0.5 + (0.499 * draw.Fraction()), Epsilon = 1e-8 }, draw => draw.Moderate()), s =>
    {
        var rule = (LaProp)s.Rule;
        var adam = new Adam { LearningRate = rule.LearningRate, Beta1 = 0, Beta2 = rule.Beta2, Epsilon = rule.Epsilon };
        Same.Close(s.Run<double>(adam).Parameters.ToArray(), s.Run<double>().Parameters.ToArray(), 1e-12, 10);
    });

    [Fact]
    public void The_decay_takes_the_parameter_after_the_step_unless_asked_for_before()
    {
        var rule = new LaProp { LearningRate = 0.5, WeightDecay = 0.5, Epsilon = 0, Beta1 = 0.5, Beta2 = 0.5 };
        TensorSet<double> start = TensorSet.OfArray([2.0]), gradient = TensorSet.OfArray([8.0]);
        Assert.Equal((2 - 0.5) * 0.75, Optimizer.Init(rule, start).Step(gradient).Item2.Span[0]);
        Assert.Equal((2 * 0.75) - 0.5, Optimizer.Init(rule.WithDecayBeforeStep(true), start).Step(gradient).Item2.Span[0]);
    }

    [Fact]
    public void At_a_rate_of_0_nothing_moves_and_nothing_breaks()
    {
        var rule = new LaProp { LearningRate = Schedule.Table([0, 0.5, 0, 0.5]), WeightDecay = 0.5 };
        var states = Optimizer.Scan(Optimizer.Init(rule, TensorSet.OfArray([1.0])), Enumerable.Repeat(TensorSet.OfArray([3.0]), 4)).ToList();
        Assert.Equal(states[0].Parameters, states[1].Parameters);
        Assert.Equal(states[2].Parameters, states[3].Parameters);
        Assert.All(states, state => Assert.True(double.IsFinite(state.Parameters.Span[0])));
        Same.Close((1 - 0.5) * 0.75, states[2].Parameters.Span[0], 1e-12);
    }

    [Fact]
    public void The_scalars_are_the_weights_of_the_means() => Law.Check(output, Cases.Of(draw => (B1: draw.Fraction(), B2: draw.Fraction(), Rate: draw.Fraction())), c =>
    {
        var rule = new LaProp { LearningRate = c.Rate, Beta1 = c.B1, Beta2 = c.B2 };
        var end = Optimizer.Fold(Optimizer.Init(rule, TensorSet.OfArray([1.0])), Enumerable.Repeat(TensorSet.OfArray([3.0]), 30));
        Same.Close(c.Rate * (1 - Math.Pow(c.B1, 30)), end.Scalars["exp_avg_lr_1"], 1e-11);
        Same.Close(1 - Math.Pow(c.B2, 30), end.Scalars["exp_avg_lr_2"], 1e-11);
    });
}
