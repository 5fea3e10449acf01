using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>AdaMod against its paper, and its bound.</summary>
public class AdaModTests(ITestOutputHelper output)
{
    [Fact]
    public void AdaMod_follows_its_textbook() => Textbook.Agrees(output, Any, rule => new TextbookAdaMod((AdaMod)rule));

    [Fact]
    public void No_rate_is_above_its_mean_nor_above_Adams() => Law.Check(output, Scenario.From(
        draw => ((AdaMod)Any(draw)).WithWeightDecay(0), draw => draw.Moderate()), s =>
    {
        var rule = (AdaMod)s.Rule;
        var before = s.Begin<double>();
        for (int t = 1; t <= s.Gradients.Length; t++)
        {
            var after = before.Step(s.Set<double>(s.Gradients[t - 1])).Item1;
            double b1 = rule.Beta1.At(t - 1), b2 = rule.Beta2.At(t - 1), correction = Math.Sqrt(1 - Math.Pow(b2, t)) / (1 - Math.Pow(b1, t));
            for (int i = 0; i < s.Start.Length; i++)
            {
                double m = Math.Abs(after.Slots["exp_avg"].Span[i]), p = before.Parameters.Span[i], step = Math.Abs(after.Parameters.Span[i] - p);
                double most = Math.Min(after.Slots["exp_avg_lr"].Span[i], rule.LearningRate.At(t - 1) * correction / Math.Sqrt(after.Slots["exp_avg_sq"].Span[i]));
                Assert.True(step <= (most * m) + (1e-13 * (Math.Abs(p) + step)), $"a step of {step:R} is above {most * m:R}");
            }

            before = after;
        }
    }, 30);

    [Fact]
    public void Without_memory_of_the_rates_it_is_Adam() => Law.Check(output, Scenario.From(Any, draw => draw.Moderate()), s =>
    {
        var rule = ((AdaMod)s.Rule).WithBeta3(0).WithEpsilonAfterCorrection(true);
        var adamw = new AdamW { LearningRate = rule.LearningRate, Beta1 = rule.Beta1, Beta2 = rule.Beta2, Epsilon = rule.Epsilon, WeightDecay = rule.WeightDecay };
        Same.Close(s.Run<double>(adamw).Parameters.ToArray(), s.Run<double>(rule).Parameters.ToArray(), 1e-12, 10);
    });

    private static Rule Any(Draw draw) => new AdaMod
    {
        LearningRate = Textbook.Any(draw, 0, 0.5), Beta1 = Textbook.Any(draw, 0, 0.99), Beta2 = Textbook.Any(draw, 0.5, 0.9999), Beta3 = Textbook.Any(draw, 0, 0.999),
        Epsilon = draw.Of(1e-8, 1e-3), EpsilonAfterCorrection = draw.Coin(), WeightDecay = draw.Of<Schedule>(0, Textbook.Any(draw, 0, 1)),
    };
}
