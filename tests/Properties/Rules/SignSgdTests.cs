using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>Signum, signSGD and Tiger.</summary>
public class SignSgdTests(ITestOutputHelper output)
{
    [Fact]
    public void Signum_follows_its_textbook() => Textbook.Agrees(
        output,
        draw => new SignSgd
        {
            LearningRate = Textbook.Any(draw, 0, 0.5), Momentum = draw.Of<Schedule>(0, 0.9, Textbook.Any(draw, 0, 0.99)),
            WeightDecay = draw.Coin() ? 0 : Textbook.Any(draw, 0, 0.5),
        },
        rule => new TextbookSignum((SignSgd)rule));

    [Fact]
    public void Tiger_follows_its_textbook() => Textbook.Agrees(
        output,
        draw => new Tiger { LearningRate = Textbook.Any(draw, 0, 0.5), Beta = Textbook.Any(draw, 0, 0.99), WeightDecay = Textbook.Any(draw, 0, 1) },
        rule => new TextbookTiger((Tiger)rule));

    [Fact]
    public void SignSGD_keeps_nothing_and_Signum_without_decay_is_Tiger() =>
        Law.Check(output, Scenario.From(draw => new SignSgd { LearningRate = draw.Fraction(), Momentum = 0.01 + (0.9 * draw.Fraction()) }), s =>
        {
            var signum = (SignSgd)s.Rule;
            Assert.Empty(Optimizer.Init(signum.WithMomentum(0), s.StartOf<double>()).Slots);
            var tiger = new Tiger { LearningRate = signum.LearningRate, Beta = signum.Momentum, WeightDecay = 0 };
            Same.Bits(s.Run<float>(tiger), s.Run<float>());
            Same.Bits(s.Run<double>(tiger), s.Run<double>());
        }, 50);

    [Fact]
    public void The_decay_of_Signum_can_turn_the_sign_and_that_of_Tiger_cannot()
    {
        var start = TensorSet.OfArray([10.0]);
        var gradient = TensorSet.OfArray([-0.5]);
        Assert.Equal(9.0, Optimizer.Init(new SignSgd { LearningRate = 1, Momentum = 0.5, WeightDecay = 0.1 }, start).Step(gradient).Item2.Span[0]);
        Assert.Equal(10.0, Optimizer.Init(new Tiger { LearningRate = 1, Beta = 0.5, WeightDecay = 0.1 }, start).Step(gradient).Item2.Span[0], 1e-12);
    }
}
