using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>Law 34, and AdaGrad's part of laws 28 and 29.</summary>
public class AdaGradTests(ITestOutputHelper output)
{
    [Fact]
    public void AdaGrad_follows_its_textbook() => Textbook.Agrees(
        output,
        draw => new AdaGrad
        {
            LearningRate = Textbook.Any(draw, 0, 1), LearningRateDecay = draw.Coin() ? 0 : Textbook.Any(draw, 0, 1),
            WeightDecay = draw.Coin() ? 0 : Textbook.Any(draw, 0, 0.1), Epsilon = draw.Of(0, 1e-10, 1e-3),
            InitialAccumulator = draw.Of(0, 0.1, 1), Maximize = draw.Coin(),
        },
        rule => new TextbookAdaGrad((AdaGrad)rule));

    [Fact]
    public void Law_34_a_constant_gradient_steps_by_the_rate_over_the_root_of_t() =>
        Law.Check(output, Cases.Of(draw => (G: draw.Moderate(), Rate: draw.Fraction())), c =>
        {
            var state = Optimizer.Init(new AdaGrad { LearningRate = c.Rate, Epsilon = 0 }, TensorSet.OfArray([0.0]));
            for (int t = 1; t <= 30; t++)
            {
                double before = state.Parameters.Span[0];
                state = state.Step(TensorSet.OfArray([c.G])).Item1;
                Same.Close(c.Rate * Math.Sign(c.G) / Math.Sqrt(t), before - state.Parameters.Span[0], 1e-13, Math.Abs(before));
            }
        });

    [Fact]
    public void The_initial_accumulator_is_what_the_sum_starts_from()
    {
        var state = Optimizer.Init(new AdaGrad { InitialAccumulator = 0.25 }, TensorSet.OfArray([1.0, 2]));
        Assert.Equal([0.25, 0.25], state.Slots["sum"].ToArray());
        Assert.Equal([2.5, 9.25], state.Step(TensorSet.OfArray([1.5, 3])).Item1.Slots["sum"].ToArray());
    }
}
