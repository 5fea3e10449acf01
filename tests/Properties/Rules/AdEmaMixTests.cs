using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>AdEMAMix against its paper, its warmups, and the AdamW within it.</summary>
public class AdEmaMixTests(ITestOutputHelper output)
{
    [Fact]
    public void AdEMAMix_follows_its_textbook() => Textbook.Agrees(
        output,
        draw => ((AdEmaMix)Any(draw)).WithAlphaWarmupSteps(draw.Of(0, 1, 10, 100)).WithBeta3WarmupSteps(draw.Of(0, 1, 10, 100)),
        rule => new TextbookAdEmaMix((AdEmaMix)rule));

    [Fact]
    public void Without_alpha_it_is_AdamW() => Law.Check(output, Scenario.From(Any), s =>
    {
        var rule = ((AdEmaMix)s.Rule).WithAlpha(0);
        var adamw = new AdamW { LearningRate = rule.LearningRate, Beta1 = rule.Beta1, Beta2 = rule.Beta2, Epsilon = rule.Epsilon, WeightDecay = rule.WeightDecay };
        Same.Bits(s.Run<float>(adamw).Parameters, s.Run<float>(rule).Parameters);
        Same.Bits(s.Run<double>(adamw).Parameters, s.Run<double>(rule).Parameters);
    });

    [Fact]
    public void A_slow_mean_without_weight_is_left_out_even_where_it_is_infinite()
    {
        var state = Optimizer.Init(new AdEmaMix { Alpha = 0 }, TensorSet.OfArray([0.0]));
        var slots = state.Slots.ToDictionary(slot => slot.Key, slot => slot.Key == "exp_avg_slow" ? TensorSet.OfArray([double.PositiveInfinity]) : slot.Value);
        var gradient = TensorSet.OfArray([2.0]);
        Assert.Equal(state.Step(gradient).Item2, Optimizer.Restore(state.Rule, 0, state.Parameters, slots, state.Scalars).Step(gradient).Item2);
    }

    [Fact]
    public void The_warmups_end_where_they_say()
    {
        // The slow mean of a constant tells each step's beta: s' = b s + (1 - b) g with g = 1.
        var rule = new AdEmaMix { Beta1 = 0.5, Beta3 = 0.999, Beta3WarmupSteps = 8, AlphaWarmupSteps = 4, Alpha = 3, Beta2 = 0, Epsilon = 0, LearningRate = 1 };
        var states = Optimizer.Scan(Optimizer.Init(rule, TensorSet.OfArray([0.0])), Enumerable.Repeat(TensorSet.OfArray([1.0]), 12)).ToList();
        double last = 0.5;
        for (int t = 1; t <= 12; t++)
        {
            double slow = states[t].Slots["exp_avg_slow"].Span[0], before = states[t - 1].Slots["exp_avg_slow"].Span[0], beta = (1 - slow) / (1 - before);
            double alpha = (states[t - 1].Parameters.Span[0] - states[t].Parameters.Span[0] - 1) / slow;
            Same.Close(Math.Min(0.75 * t, 3), alpha, 1e-9);
            Assert.True(t < 9 ? beta > last : beta >= last - 1e-10, $"b3 fell from {last} to {beta} at step {t}");
            if (t >= 8)
            {
                Same.Close(0.999, beta, 1e-10);
            }
            else
            {
                // In half-lives the way is straight: from 1 step to that of 0.999.
                double halfLife = Math.Log(0.5) / Math.Log(beta), end = Math.Log(0.5) / Math.Log(0.999);
                Same.Close(1 + ((end - 1) * t / 8), halfLife, 1e-4);
            }

            last = beta;
        }
    }

    [Fact]
    public void A_warmup_up_to_the_last_beta_below_1_stays_in_range()
    {
        foreach (double beta3 in new[] { 1 - 1e-8, 1 - 1e-9, Math.BitDecrement(1) })
        {
            var rule = new AdEmaMix { Beta1 = 0, Beta3 = beta3, Beta3WarmupSteps = 10 };
            var end = Optimizer.Fold(Optimizer.Init(rule, TensorSet.OfArray([0.0])), Enumerable.Repeat(TensorSet.OfArray([1.0]), 10));
            Assert.InRange(end.Slots["exp_avg_slow"].Span[0], 0, 1);
            Assert.True(double.IsFinite(end.Parameters.Span[0]));
        }
    }

    private static Rule Any(Draw draw) => new AdEmaMix
    {
        LearningRate = Textbook.Any(draw, 0, 0.5), Beta1 = draw.Of<Schedule>(0, 0.9, Textbook.Any(draw, 0.1, 0.99)), Beta2 = Textbook.Any(draw, 0.5, 0.999),
        Beta3 = Textbook.Any(draw, 0.9, 0.9999), Alpha = Textbook.Any(draw, 0, 8), Epsilon = draw.Of(1e-8, 1e-3),
        WeightDecay = draw.Of<Schedule>(0, Textbook.Any(draw, 0, 1)),
    };
}
