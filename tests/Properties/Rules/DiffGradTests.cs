using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>DiffGrad against its paper, and its friction.</summary>
public class DiffGradTests(ITestOutputHelper output)
{
    [Fact]
    public void DiffGrad_follows_its_textbook() => Textbook.Agrees(output, Any, rule => new TextbookDiffGrad((DiffGrad)rule));

    [Fact]
    public void Of_a_constant_gradient_half_of_Adams_step_is_left_from_the_second_on() => Law.Check(output, Cases.Of(draw => (G: draw.Moderate(), Rule: (DiffGrad)Any(draw))), c =>
    {
        var rule = c.Rule.WithLearningRate(1).WithWeightDecay(0).WithEpsilon(0).WithBeta1(c.Rule.Beta1.At(0)).WithBeta2(c.Rule.Beta2.At(0));
        var states = Optimizer.Scan(Optimizer.Init(rule, TensorSet.OfArray([0.0])), Enumerable.Repeat(TensorSet.OfArray([c.G]), 20)).ToList();
        double first = 1 / (1 + Math.Exp(-Math.Abs(c.G)));
        for (int t = 1; t < states.Count; t++)
        {
            Same.Close(-Math.Sign(c.G) * (first + ((t - 1) / 2.0)), states[t].Parameters.Span[0], 1e-10);
        }
    }, 30);

    [Fact]
    public void Where_the_gradient_jumps_it_is_Adam() => Law.Check(output, Scenario.From(
        draw => new DiffGrad { LearningRate = draw.Fraction(), EpsilonAfterCorrection = true, Epsilon = 0.1 }, _ => 0), s =>
    {
        // Jumps of 100 leave a friction of 1 to the last bit.
        var jumping = s with { Gradients = [.. s.Gradients.Select((g, t) => Array.ConvertAll(g, _ => t % 2 == 0 ? 50.0 : -50))] };
        var rule = (DiffGrad)s.Rule;
        var adam = new Adam { LearningRate = rule.LearningRate, Epsilon = rule.Epsilon };
        Same.Close(jumping.Run<double>(adam).Parameters.ToArray(), jumping.Run<double>().Parameters.ToArray(), 1e-12, 1);
    }, 30);

    [Fact]
    public void An_infinite_jump_has_a_friction_of_1_and_not_of_NaN()
    {
        var state = Optimizer.Init(new DiffGrad(), TensorSet.OfArray([0.0f]));
        var slots = state.Slots.ToDictionary(slot => slot.Key, slot => slot.Key == "previous_grad" ? TensorSet.OfArray([float.NegativeInfinity]) : slot.Value);
        float p = Optimizer.Restore(state.Rule, 0, state.Parameters, slots, state.Scalars).Step(TensorSet.OfArray([2f])).Item2.Span[0];
        Same.Close(-1e-3, p, 1e-5);
    }

    private static Rule Any(Draw draw) => new DiffGrad
    {
        LearningRate = Textbook.Any(draw, 0, 0.5), Beta1 = Textbook.Any(draw, 0, 0.99), Beta2 = Textbook.Any(draw, 0.5, 0.9999),
        Epsilon = draw.Of(1e-8, 1e-3), EpsilonAfterCorrection = draw.Coin(), WeightDecay = draw.Of<Schedule>(0, Textbook.Any(draw, 0, 0.1)),
    };
}
