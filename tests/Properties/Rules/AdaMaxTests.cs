using System.Numerics;
using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>Law 33.</summary>
public class AdaMaxTests(ITestOutputHelper output)
{
    [Fact]
    public void AdaMax_follows_its_textbook() => Textbook.Agrees(
        output,
        draw => new AdaMax
        {
            LearningRate = Textbook.Any(draw, 0, 0.5), Beta1 = draw.Of<Schedule>(0, 0.9, Textbook.Any(draw, 0.1, 0.99)),
            Beta2 = draw.Of<Schedule>(0.999, Textbook.Any(draw, 0, 0.9999)), Epsilon = draw.Of(0, 1e-8, 1e-3),
            WeightDecay = draw.Coin() ? 0 : Textbook.Any(draw, 0, 0.1), Maximize = draw.Coin(),
        },
        rule => new TextbookAdaMax((AdaMax)rule));

    [Fact]
    public void Law_33_the_norm_falls_no_faster_than_beta2_and_is_never_below_the_gradient() =>
        Law.Check(output, Scenario.From(draw => ((AdaMax)AnyRule.Of(draw, RuleRegistry.Find("adamax")!)).WithWeightDecay(0)), s =>
        {
            Check<float>(s);
            Check<double>(s);

            static void Check<T>(Scenario s)
                where T : unmanaged, IFloatingPointIeee754<T>
            {
                var state = s.Begin<T>();
                for (int t = 0; t < s.Gradients.Length; t++)
                {
                    var gradient = s.Set<T>(s.Gradients[t]);
                    T beta2 = T.CreateTruncating(((AdaMax)s.Rule).Beta2.At(t));
                    T[] before = state.Slots["exp_inf"].ToArray();
                    state = state.Step(gradient).Item1;
                    T[] after = state.Slots["exp_inf"].ToArray();
                    for (int i = 0; i < after.Length; i++)
                    {
                        Assert.True(after[i] >= beta2 * before[i], $"{after[i]} is below {beta2} * {before[i]}");
                        Assert.True(after[i] >= T.Abs(gradient.Span[i]), $"{after[i]} is below |{gradient.Span[i]}|");
                    }
                }
            }
        });

    [Fact]
    public void A_constant_gradient_steps_by_the_rate()
    {
        var state = Optimizer.Init(new AdaMax { LearningRate = 0.5, Epsilon = 0 }, TensorSet.OfArray([0.0]));
        for (int t = 1; t <= 40; t++)
        {
            state = state.Step(TensorSet.OfArray([-0.3])).Item1;
            Same.Close(0.5 * t, state.Parameters.Span[0], 1e-13);
        }
    }
}
