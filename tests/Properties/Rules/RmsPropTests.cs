using System.Numerics;
using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>RMSprop in PyTorch's and in TensorFlow's form.</summary>
public class RmsPropTests(ITestOutputHelper output)
{
    [Fact]
    public void RmsProp_follows_its_textbook() => Textbook.Agrees(
        output,
        draw => new RmsProp
        {
            LearningRate = Textbook.Any(draw, 0, 0.5), Alpha = Textbook.Any(draw, 0.3, 0.999), Epsilon = draw.Of(1e-8, 1e-3),
            EpsilonInsideRoot = draw.Coin(), Centered = draw.Coin(), InitialAccumulator = draw.Of(0, 1, 0.1),
            Momentum = draw.Coin() ? 0 : Textbook.Any(draw, 0.01, 0.95), WeightDecay = draw.Coin() ? 0 : Textbook.Any(draw, 0, 0.1),
            DecoupledWeightDecay = draw.Coin(), LearningRateInVelocity = draw.Coin(), Maximize = draw.Coin(),
        },
        rule => new TextbookRmsProp((RmsProp)rule));

    [Fact]
    public void Centred_never_takes_the_root_of_a_negative_number()
    {
        // A long run of one gradient brings the variance to 0, and its rounding below.
        Law.Check(output, Cases.Of(draw => (G: draw.Moderate(), Alpha: draw.Of(0.0, 0.1, 0.5, 0.9), Inside: draw.Coin())), c =>
        {
            Assert.True(Finite<float>(c.G, c.Alpha, c.Inside));
            Assert.True(Finite<double>(c.G, c.Alpha, c.Inside));
        }, 200);

        static bool Finite<T>(double g, double alpha, bool inside)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var rule = new RmsProp { Alpha = alpha, Centered = true, EpsilonInsideRoot = inside, Epsilon = 1e-8 };
            var gradient = TensorSet.OfArray([T.CreateTruncating(g)]);
            var end = Optimizer.Fold(Optimizer.Init(rule, TensorSet.OfArray([T.One])), Enumerable.Repeat(gradient, 200));
            return T.IsFinite(end.Parameters.Span[0]);
        }
    }

    [Fact]
    public void The_variance_does_round_below_zero_so_that_the_clamp_is_needed()
    {
        // The search that justifies the test above: v - m^2 as the formula computes it, without the clamp.
        var draw = new Draw(1, 100);
        Assert.Contains(Enumerable.Range(0, 1000), _ =>
        {
            double g = draw.Moderate(), v = 0, m = 0, lowest = 0;
            for (int t = 0; t < 100; t++)
            {
                v = Math.FusedMultiplyAdd(v, 0.5, g * g * 0.5);
                m = Math.FusedMultiplyAdd(m, 0.5, g * 0.5);
                lowest = Math.Min(lowest, Math.FusedMultiplyAdd(-m, m, v));
            }

            return lowest < 0;
        });
    }

    [Fact]
    public void Decoupled_decay_never_enters_the_mean_square() =>
        Law.Check(output, Scenario.From(draw => new RmsProp { DecoupledWeightDecay = true, WeightDecay = draw.Fraction(), Momentum = 0.5 }), s =>
        {
            var with = s.Run<double>();
            var without = s.Run<double>(((RmsProp)s.Rule).WithWeightDecay(0));
            Assert.All(with.Slots, slot => Same.Bits(without.Slots[slot.Key], slot.Value, slot.Key));
        }, 50);
}
