using System.Numerics;
using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>Law 38; laws 28 and 29 are in AdaptiveTests, caution in CautionTests.</summary>
public class LionTests(ITestOutputHelper output)
{
    [Fact]
    public void Lion_follows_its_textbook() => Textbook.Agrees(output, draw => AnyLion(draw), rule => new TextbookLion((Lion)rule));

    [Fact]
    public void Law_38_every_component_is_the_rate_down_up_or_nothing() => Law.Check(output, Scenario.From(draw => AnyLion(draw).WithWeightDecay(0)), s =>
    {
        Check<float>(s);
        Check<double>(s);

        static void Check<T>(Scenario s)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            // Each step from 0, where p - u is exact.
            var zero = TensorSet.Filled(s.Layout, T.Zero);
            var state = s.Begin<T>();
            foreach (var gradient in s.GradientsOf<T>())
            {
                T rate = T.CreateTruncating(((Lion)s.Rule).LearningRate.At(state.StepCount));
                state = Optimizer.Restore(s.Rule, state.StepCount, zero, state.Slots, state.Scalars).Step(gradient).Item1;
                Assert.All(state.Parameters.ToArray(), x => Assert.True(x == rate || x == T.Zero || x == -rate, FormattableString.Invariant($"{x} is no step of {rate}")));
            }
        }
    }, 50);

    [Fact]
    public void Law_38_with_decay_the_rest_of_a_component_is_a_share_of_the_old_parameter() =>
        Law.Check(output, Scenario.From(draw => AnyLion(draw), draw => draw.Moderate()), s =>
        {
            var lion = (Lion)s.Rule;
            var state = s.Begin<double>();
            foreach (var gradient in s.GradientsOf<double>())
            {
                double rate = lion.LearningRate.At(state.StepCount), decay = rate * lion.WeightDecay.At(state.StepCount);
                var next = state.Step(gradient).Item1;
                foreach (var (old, now) in state.Parameters.ToArray().Zip(next.Parameters.ToArray()))
                {
                    double nearest = new[] { -rate, 0, rate }.Min(u => Math.Abs(old - (decay * old) - u - now));
                    Assert.InRange(nearest, 0, 1e-15 * (Math.Abs(old) + rate));
                }

                state = next;
            }
        }, 50);

    [Fact]
    public void Law_38_beta1_of_0_is_signSGD() =>
        Law.Check(output, Scenario.From(draw => AnyLion(draw).WithWeightDecay(0).WithMaximize(false).WithBeta1(0)), s =>
        {
            var sign = new SignSgd { LearningRate = ((Lion)s.Rule).LearningRate, Momentum = 0 };

            // Plus 0: an element that stays at -0 may become +0 in one of the two.
            Same.Bits(s.Run<float>(sign).Parameters.Map(x => x + 0), s.Run<float>().Parameters.Map(x => x + 0));
            Same.Bits(s.Run<double>(sign).Parameters.Map(x => x + 0), s.Run<double>().Parameters.Map(x => x + 0));
        }, 50);

    [Fact]
    public void Law_38_equal_betas_give_the_sign_of_the_mean_that_is_kept() =>
        Law.Check(output, Scenario.From(draw => AnyLion(draw) is var lion ? lion.WithMaximize(false).WithBeta1(lion.Beta2) : lion), s =>
        {
            var lion = (Lion)s.Rule;
            var tiger = new Tiger { LearningRate = lion.LearningRate, Beta = lion.Beta2, WeightDecay = lion.WeightDecay };
            Same.Bits(s.Run<float>(tiger), s.Run<float>());
            Same.Bits(s.Run<double>(tiger), s.Run<double>());
        }, 50);

    [Fact]
    public void Law_38_against_a_large_mean_a_small_gradient_does_not_turn_the_step()
    {
        var lion = new Lion { LearningRate = 0.25, Beta1 = 0.9, Beta2 = 0.99 };
        var next = From(lion, mean: 1).Step(TensorSet.OfArray([-0.1])).Item1;
        Assert.Equal(-0.25, next.Parameters.Span[0]);
        Same.Close((0.99 * 1) - (0.01 * 0.1), next.Slots["exp_avg"].Span[0], 1e-15);

        // Between the thresholds of the two betas, so that swapped ones would step the other way.
        Assert.Equal(0.25, From(lion, mean: 1).Step(TensorSet.OfArray([-50.0])).Item2.Span[0]);
        Assert.Equal(-0.25, From(lion.WithBeta1(0.99).WithBeta2(0.9), mean: 1).Step(TensorSet.OfArray([-50.0])).Item2.Span[0]);
    }

    [Fact]
    public void Without_gradient_and_mean_an_element_only_decays()
    {
        var lion = new Lion { LearningRate = 0.5, WeightDecay = 0.25 };
        var start = TensorSet.OfArray([8.0, -8.0]);
        Assert.Equal([7.0, -7.0], Optimizer.Init(lion, start).Step(TensorSet.OfArray([0.0, -0.0])).Item2.ToArray());
        Assert.Equal([8.0, -8.0], Optimizer.Init(lion.WithWeightDecay(0), start).Step(TensorSet.OfArray([0.0, -0.0])).Item2.ToArray());
    }

    [Theory]
    [InlineData("lion")]
    [InlineData("tiger")]
    [InlineData("sign_sgd")]
    public void NaN_spreads_and_infinity_steps_by_its_sign(string name)
    {
        var rule = RuleRegistry.Find(name)!.Create(0.5);
        rule = RuleProperty.Of(rule).Single(h => h.Name == "WeightDecay").WithNumber(rule, 0);
        var state = Optimizer.Init(rule, TensorSet.OfArray([0.0, 0, 0, 0]));
        state = state.Step(TensorSet.OfArray([double.NaN, double.PositiveInfinity, double.NegativeInfinity, 1])).Item1;
        Assert.Equal([double.NaN, -0.5, 0.5, -0.5], state.Parameters.ToArray());
        state = state.Step(TensorSet.OfArray([1.0, 1, 1, 1])).Item1;
        Assert.Equal([double.NaN, -1, 1, -1], state.Parameters.ToArray());
    }

    private static Lion AnyLion(Draw draw) => new()
    {
        LearningRate = Textbook.Any(draw, 0, 0.5), Beta1 = Textbook.Any(draw, 0, 0.99), Beta2 = Textbook.Any(draw, 0, 0.999),
        WeightDecay = draw.Of<Schedule>(0, 0.01, Textbook.Any(draw, 0, 1)), Maximize = draw.Coin(),
    };

    private static OptimizerState<double> From(Lion lion, double mean) => Optimizer.Restore(
        lion, 7, TensorSet.OfArray([0.0]), new Dictionary<string, TensorSet<double>> { ["exp_avg"] = TensorSet.OfArray([mean]) }, new Dictionary<string, double>());
}
