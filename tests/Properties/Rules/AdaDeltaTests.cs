using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

public class AdaDeltaTests(ITestOutputHelper output)
{
    [Fact]
    public void Adadelta_follows_its_textbook() => Textbook.Agrees(
        output,
        draw => new AdaDelta
        {
            LearningRate = draw.Of<Schedule>(1, Textbook.Any(draw, 0, 2)), Rho = draw.Of<Schedule>(0.9, 0.95, Textbook.Any(draw, 0, 0.99)),
            Epsilon = draw.Of(1e-6, 1e-4, 1e-2), WeightDecay = draw.Coin() ? 0 : Textbook.Any(draw, 0, 0.1), Maximize = draw.Coin(),
        },
        rule => new TextbookAdaDelta((AdaDelta)rule));

    /// <summary>A library shipped a default that ascends: the paper's step carries its own minus sign.</summary>
    [Fact]
    public void Every_step_goes_against_the_gradient() => Law.Check(output, Scenario.From(
        draw => new AdaDelta { LearningRate = 0.1 + draw.Fraction(), Rho = draw.Fraction() }, draw => draw.Moderate()), s =>
        {
            var state = Optimizer.Init(s.Rule, TensorSet.Filled(s.Layout, 0.0));
            foreach (double[] gradient in s.Gradients)
            {
                var before = state.Parameters;
                state = state.Step(s.Set<double>(gradient)).Item1;
                for (int i = 0; i < gradient.Length; i++)
                {
                    Assert.Equal(-Math.Sign(gradient[i]), Math.Sign(state.Parameters.Span[i] - before.Span[i]));
                }
            }
        });

    [Fact]
    public void The_learning_rate_does_not_enter_the_mean_of_steps()
    {
        OptimizerState<double> After(double lr) => Optimizer.Fold(
            Optimizer.Init(new AdaDelta { LearningRate = lr }, TensorSet.OfArray([1.0])), [TensorSet.OfArray([2.0]), TensorSet.OfArray([-0.5])]);
        Assert.Equal(After(1).Slots["acc_delta"], After(0.25).Slots["acc_delta"]);
    }

    [Fact]
    public void Without_epsilon_nothing_moves()
    {
        var state = Optimizer.Init(new AdaDelta { Epsilon = 0 }, TensorSet.OfArray([3.0]));
        Assert.Equal([3.0], Optimizer.Fold(state, [TensorSet.OfArray([2.0]), TensorSet.OfArray([1.0])]).Parameters.ToArray());
    }
}
