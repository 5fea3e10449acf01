using System.Numerics;
using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>Law 31.</summary>
public class AdamWTests(ITestOutputHelper output)
{
    [Fact]
    public void AdamW_follows_its_textbook() => Textbook.Agrees(
        output,
        draw => new AdamW
        {
            LearningRate = Textbook.Any(draw, 0, 0.5), Beta1 = Textbook.Any(draw, 0, 0.99), Beta2 = Textbook.Any(draw, 0.5, 0.9999),
            Epsilon = draw.Of(0, 1e-8, 1e-3), WeightDecay = draw.Of<Schedule>(0, 0.01, Textbook.Any(draw, 0, 1)), AmsGrad = draw.Coin(), Maximize = draw.Coin(),
        },
        rule => new TextbookAdam((AdamW)rule));

    [Fact]
    public void AdamW_differs_from_Adam_by_the_decay_term_alone() => Law.Check(output, AnyAdamW(), s =>
    {
        var w = (AdamW)s.Rule;
        var plain = new Adam { LearningRate = w.LearningRate, Beta1 = w.Beta1, Beta2 = w.Beta2, Epsilon = w.Epsilon, AmsGrad = w.AmsGrad, Maximize = w.Maximize };
        var state = s.Begin<double>();
        for (int t = 0; t < s.Gradients.Length; t++)
        {
            // One step of each from the same state, so that the parameters agree before it: the decay takes the OLD parameter.
            var gradient = s.Set<double>(s.Gradients[t]);
            var adam = state.WithRule(plain).Step(gradient).Item1;
            var next = state.Step(gradient).Item1;
            for (int i = 0; i < s.Start.Length; i++)
            {
                double p = state.Parameters.Span[i], decay = w.LearningRate.At(t) * w.WeightDecay.At(t) * p;
                Same.Close(adam.Parameters.Span[i] - decay, next.Parameters.Span[i], 1e-13, Math.Abs(p) + w.LearningRate.At(t));
            }

            Assert.All(next.Slots, slot => Same.Bits(adam.Slots[slot.Key], slot.Value, slot.Key));
            state = next;
        }
    });

    [Fact]
    public void The_moments_do_not_depend_on_the_decay() => Law.Check(output, AnyAdamW(), s =>
    {
        var other = s.Run<float>(((AdamW)s.Rule).WithWeightDecay(0));
        Assert.All(s.Run<float>().Slots, slot => Same.Bits(other.Slots[slot.Key], slot.Value, slot.Key));
    });

    [Fact]
    public void Without_a_gradient_the_parameter_only_decays() => Law.Check(output, AnyAdamW(), s =>
    {
        var w = ((AdamW)s.Rule).WithEpsilon(1e-8);
        var end = (s with { Rule = w, Gradients = [.. s.Gradients.Select(g => new double[g.Length])] }).Run<double>();
        double left = 1;
        for (int t = 0; t < s.Gradients.Length; t++)
        {
            left *= 1 - (w.LearningRate.At(t) * w.WeightDecay.At(t));
        }

        Same.Close([.. s.Start.Select(p => p * left)], end.Parameters.ToArray(), 1e-12, 1e-300);
    });

    [Fact]
    public void AdamW_is_not_Adam_with_L2()
    {
        var start = TensorSet.OfArray([3.0, -2]);
        var gradient = TensorSet.OfArray([0.5, 0.25]);
        var decoupled = Optimizer.Init(new AdamW { WeightDecay = 0.1 }, start).Step(gradient).Item2;
        var coupled = Optimizer.Init(new Adam { WeightDecay = 0.1 }, start).Step(gradient).Item2;
        Assert.All(decoupled.ToArray().Zip(coupled.ToArray()), pair => Assert.True(Math.Abs(pair.First - pair.Second) > 1e-5));
    }

    private static FsCheck.Arbitrary<Scenario> AnyAdamW() => Scenario.From(
        draw => new AdamW
        {
            LearningRate = Textbook.Any(draw, 0, 0.5), Beta1 = draw.Fraction(), Beta2 = draw.Fraction(), Epsilon = draw.Of(1e-8, 1e-3),
            WeightDecay = Textbook.Any(draw, 0, 1), AmsGrad = draw.Coin(), Maximize = draw.Coin(),
        },
        draw => draw.Moderate());
}
