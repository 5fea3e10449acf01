using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>MADGRAD against its paper, and its anchor.</summary>
public class MadGradTests(ITestOutputHelper output)
{
    [Fact]
    public void MADGRAD_follows_its_textbook() => Textbook.Agrees(
        output,
        draw => new MadGrad
        {
            LearningRate = Textbook.Any(draw, 0, 0.5), Momentum = draw.Of<Schedule>(0, 0.9, Textbook.Any(draw, 0, 0.99)), Epsilon = draw.Of(1e-6, 1e-3),
            WeightDecay = draw.Of<Schedule>(0, Textbook.Any(draw, 0, 0.1)), DecoupledWeightDecay = draw.Coin(),
        },
        rule => new TextbookMadGrad((MadGrad)rule));

    [Fact]
    public void The_starting_point_stays_the_anchor() => Law.Check(output, Scenario.From(draw => new MadGrad { WeightDecay = draw.Of(0, 0.1) }), s =>
    {
        Assert.All(Optimizer.Scan(s.Begin<float>(), s.GradientsOf<float>()), state => Same.Bits(s.StartOf<float>(), state.Slots["x0"]));
        Same.Bits(s.StartOf<double>(), Optimizer.Fold(s.Begin<double>(), s.GradientsOf<double>()).Slots["x0"]);
    });

    [Fact]
    public void Without_momentum_the_parameter_itself_does_not_matter()
    {
        var state = Optimizer.Init(new MadGrad { Momentum = 0, LearningRate = 0.5 }, TensorSet.OfArray([1.0])).Step(TensorSet.OfArray([2.0])).Item1;
        var lost = Optimizer.Restore(state.Rule, state.StepCount, TensorSet.OfArray([double.PositiveInfinity]), state.Slots, state.Scalars);
        var gradient = TensorSet.OfArray([-3.0]);
        Assert.Equal(state.Step(gradient).Item2, lost.Step(gradient).Item2);
        Assert.True(double.IsFinite(lost.Step(gradient).Item2.Span[0]));
    }

    [Fact]
    public void Of_a_constant_gradient_the_anchor_is_left_by_the_cube_root_of_the_weights_squared()
    {
        // s = W g and v = W g^2, so that s / cbrt(v) = W^(2/3) g^(1/3).
        var rule = new MadGrad { Momentum = 0, LearningRate = 0.5, Epsilon = 0 };
        double weight = 0;
        foreach (var (state, t) in Optimizer.Scan(Optimizer.Init(rule, TensorSet.OfArray([1.0])), Enumerable.Repeat(TensorSet.OfArray([-8.0]), 30)).Select((s, t) => (s, t)).Skip(1))
        {
            weight += 0.5 * Math.Sqrt(t);
            Same.Close(1 + (2 * Math.Pow(weight, 2.0 / 3)), state.Parameters.Span[0], 1e-13);
        }
    }
}
