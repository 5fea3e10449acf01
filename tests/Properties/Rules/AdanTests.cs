using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>Adan against its paper, and what its parts come to.</summary>
public class AdanTests(ITestOutputHelper output)
{
    [Fact]
    public void Adan_follows_its_textbook() => Textbook.Agrees(output, Any, rule => new TextbookAdan((Adan)rule));

    [Fact]
    public void Of_a_constant_gradient_no_difference_is_left_and_each_step_is_the_rate() => Law.Check(output, Cases.Of(draw => (G: draw.Moderate(), Rule: (Adan)Any(draw))), c =>
    {
        // The first difference is 0, not the gradient, else the first steps would be longer.
        var rule = c.Rule.WithLearningRate(0.5).WithEpsilon(0).WithWeightDecay(0)
            .WithBeta1(c.Rule.Beta1.At(0)).WithBeta2(c.Rule.Beta2.At(0)).WithBeta3(c.Rule.Beta3.At(0));
        var states = Optimizer.Scan(Optimizer.Init(rule, TensorSet.OfArray([0.0])), Enumerable.Repeat(TensorSet.OfArray([c.G]), 20)).ToList();
        for (int t = 1; t < states.Count; t++)
        {
            Same.Close(-0.5 * t * Math.Sign(c.G), states[t].Parameters.Span[0], 1e-10);
            Assert.Equal(0, states[t].Slots["exp_avg_diff"].Span[0]);
            Assert.Equal(-c.G, states[t].Slots["neg_pre_grad"].Span[0]);
        }
    }, 30);

    [Fact]
    public void The_proximal_decay_divides_where_the_other_multiplies()
    {
        var rule = new Adan { LearningRate = 0.5, WeightDecay = 0.5 };
        TensorSet<double> start = TensorSet.OfArray([2.0]), none = TensorSet.OfArray([0.0]);
        Assert.Equal(2 * (1 / 1.25), Optimizer.Init(rule, start).Step(none).Item2.Span[0]);
        Assert.Equal(2 * 0.75, Optimizer.Init(rule.WithProximalWeightDecay(false), start).Step(none).Item2.Span[0]);
    }

    [Fact]
    public void The_moments_do_not_depend_on_the_decay() => Law.Check(output, Scenario.From(Any, draw => draw.Moderate()), s =>
    {
        var other = s.Run<float>(((Adan)s.Rule).WithWeightDecay(0));
        Assert.All(s.Run<float>().Slots, slot => Same.Bits(other.Slots[slot.Key], slot.Value, slot.Key));
    });

    private static Rule Any(Draw draw) => new Adan
    {
        LearningRate = Textbook.Any(draw, 0, 0.5), Beta1 = Textbook.Any(draw, 0, 0.99), Beta2 = Textbook.Any(draw, 0, 0.99),
        Beta3 = Textbook.Any(draw, 0.5, 0.999), Epsilon = draw.Of(1e-8, 1e-3), WeightDecay = draw.Of<Schedule>(0, Textbook.Any(draw, 0, 1)),
        ProximalWeightDecay = draw.Coin(),
    };
}
