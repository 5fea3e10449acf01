using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>ADOPT against its paper, and its order: divide by what was, then average, then look.</summary>
public class AdoptTests(ITestOutputHelper output)
{
    [Fact]
    public void ADOPT_follows_its_textbook() => Textbook.Agrees(
        output,
        draw => new Adopt
        {
            LearningRate = Textbook.Any(draw, 0, 0.5), Beta1 = Textbook.Any(draw, 0, 0.99), Beta2 = Textbook.Any(draw, 0.5, 0.9999),
            Epsilon = draw.Of(1e-6, 1e-3), ClipQuotient = draw.Coin(), ClipExponent = draw.Of<Schedule>(0, 0.25, 0.333, Textbook.Any(draw, 0, 2)),
            WeightDecay = draw.Of<Schedule>(0, Textbook.Any(draw, 0, 0.1)), DecoupledWeightDecay = draw.Coin(), Maximize = draw.Coin(),
        },
        rule => new TextbookAdopt((Adopt)rule));

    [Fact]
    public void The_first_step_moves_nothing_and_takes_the_square()
    {
        var state = Optimizer.Init(new Adopt { WeightDecay = 0.5, DecoupledWeightDecay = true }, TensorSet.OfArray([1.0, -0.0, double.PositiveInfinity]));
        var next = state.Step(TensorSet.OfArray([3.0, -2, 1])).Item1;
        Assert.Equal(state.Parameters, next.Parameters);
        Assert.Equal([9, 4, 1], next.Slots["exp_avg_sq"].ToArray());
        Assert.Equal([0, 0, 0], next.Slots["exp_avg"].ToArray());
    }

    [Fact]
    public void A_gradient_is_divided_by_the_squares_before_it()
    {
        var rule = new Adopt { LearningRate = 1, Beta1 = 0, Beta2 = 0.5, ClipQuotient = false };
        var end = Optimizer.Scan(Optimizer.Init(rule, TensorSet.OfArray([0.0])), new[] { 2.0, 6, -1 }.Select(g => TensorSet.OfArray([g]))).ToList();
        Assert.Equal([0, 0, -3], end.Take(3).Select(s => s.Parameters.Span[0]));
        Same.Close(-3 + (1 / Math.Sqrt(20)), end[3].Parameters.Span[0], 1e-15);
        var clipped = Optimizer.Scan(Optimizer.Init(rule.WithClipQuotient(true).WithClipExponent(1), TensorSet.OfArray([0.0])), new[] { 2.0, 6, -600 }.Select(g => TensorSet.OfArray([g])));
        Assert.Equal([0.0, 0, -1, 1], clipped.Select(s => s.Parameters.Span[0]));
    }

    [Fact]
    public void An_epsilon_is_the_least_divisor_and_no_summand()
    {
        var rule = new Adopt { LearningRate = 1, Beta1 = 0, Epsilon = 0.5, ClipQuotient = false };
        double Second(double first) => Optimizer.Fold(Optimizer.Init(rule, TensorSet.OfArray([0.0])), [TensorSet.OfArray([first]), TensorSet.OfArray([3.0])]).Parameters.Span[0];
        Assert.Equal(-6, Second(0.25));
        Assert.Equal(-3, Second(1));
    }
}
