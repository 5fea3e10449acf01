using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

public class NAdamTests(ITestOutputHelper output)
{
    [Fact]
    public void NAdam_follows_its_textbook() => Textbook.Agrees(
        output,
        draw => new NAdam
        {
            LearningRate = Textbook.Any(draw, 0, 0.5), Beta1 = draw.Of<Schedule>(0, 0.9, Textbook.Any(draw, 0.1, 0.99)),
            Beta2 = draw.Of<Schedule>(0.999, Textbook.Any(draw, 0.5, 0.9999)), Epsilon = draw.Of(0, 1e-8, 1e-3),
            MomentumDecay = draw.Of<Schedule>(0, 0.004, Textbook.Any(draw, 0, 2)), WeightDecay = draw.Coin() ? 0 : Textbook.Any(draw, 0, 0.1),
            DecoupledWeightDecay = draw.Coin(), Maximize = draw.Coin(),
        },
        rule => new TextbookNAdam((NAdam)rule));

    [Fact]
    public void NAdamW_follows_its_textbook() => Textbook.Agrees(
        output,
        draw => new NAdamW
        {
            LearningRate = Textbook.Any(draw, 0, 0.5), Beta1 = draw.Of<Schedule>(0, 0.9, Textbook.Any(draw, 0.1, 0.99)),
            Beta2 = draw.Of<Schedule>(0.999, Textbook.Any(draw, 0.5, 0.9999)), Epsilon = draw.Of(0, 1e-8, 1e-3),
            WeightDecay = draw.Of<Schedule>(0, 0.01, Textbook.Any(draw, 0, 1)), Maximize = draw.Coin(),
        },
        rule => new TextbookNAdamW((NAdamW)rule));

    /// <summary>A library multiplied by mu_t twice, which constant betas and one step do not show.</summary>
    [Fact]
    public void The_product_of_momenta_holds_each_one_once()
    {
        double[] beta1 = [0.9, 0.5, 0.8, 0.7], psi = [0.004, 1, 0, 30];
        var state = Optimizer.Init(new NAdam { Beta1 = Schedule.Table(beta1), MomentumDecay = Schedule.Table(psi) }, TensorSet.OfArray([1.0]));
        Assert.Equal(1, state.Scalars["mu_product"]);
        double product = 1;
        for (int t = 1; t <= beta1.Length; t++)
        {
            state = state.Step(TensorSet.OfArray([0.5])).Item1;
            product *= beta1[t - 1] * (1 - (0.5 * Math.Pow(0.96, t * psi[t - 1])));
            Same.Close(product, state.Scalars["mu_product"], 1e-15);
        }
    }

    [Fact]
    public void Without_momentum_NAdam_and_NAdamW_are_Adam() => Law.Check(output, Scenario.From(
        draw => new Adam { LearningRate = draw.Fraction(), Beta1 = 0, Beta2 = draw.Of(0.9, 0.999), Epsilon = 1e-8 }, draw => draw.Moderate()), s =>
        {
            var adam = (Adam)s.Rule;
            var expected = s.Run<double>().Parameters.ToArray();
            Same.Close(expected, s.Run<double>(new NAdam { LearningRate = adam.LearningRate, Beta1 = 0, Beta2 = adam.Beta2 }).Parameters.ToArray(), 1e-12, 1);
            var nadamw = new NAdamW { LearningRate = adam.LearningRate, Beta1 = 0, Beta2 = adam.Beta2, WeightDecay = 0 };
            Same.Close(expected, s.Run<double>(nadamw).Parameters.ToArray(), 1e-12, 1);
        }, 50);

    [Fact]
    public void NAdam_and_NAdamW_are_not_the_same_rule()
    {
        TensorSet<double>[] gradients = [.. new[] { 0.5, -0.25, 2 }.Select(g => TensorSet.OfArray([g]))];
        double a = Optimizer.Fold(Optimizer.Init(new NAdam { LearningRate = 0.01 }, TensorSet.OfArray([0.0])), gradients).Parameters.Span[0];
        double b = Optimizer.Fold(Optimizer.Init(new NAdamW { LearningRate = 0.01, WeightDecay = 0 }, TensorSet.OfArray([0.0])), gradients).Parameters.Span[0];
        Assert.True(Math.Abs(a - b) > 1e-4);
    }
}
