using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>Law 36.</summary>
public class RAdamTests(ITestOutputHelper output)
{
    [Fact]
    public void RAdam_follows_its_textbook() => Textbook.Agrees(
        output,
        draw => new RAdam
        {
            LearningRate = Textbook.Any(draw, 0, 0.5), Beta1 = draw.Of<Schedule>(0, 0.9, Textbook.Any(draw, 0.1, 0.99)),
            Beta2 = draw.Of<Schedule>(0.99, 0.999, Textbook.Any(draw, 0.5, 0.9999)), Epsilon = draw.Of(1e-8, 1e-3),
            WeightDecay = draw.Coin() ? 0 : Textbook.Any(draw, 0, 0.1), DecoupledWeightDecay = draw.Coin(), PaperThreshold = draw.Coin(),
            SkipUnrectified = draw.Coin(), Maximize = draw.Coin(),
        },
        rule => new TextbookRAdam((RAdam)rule));

    [Theory]
    [InlineData(0.9, false, 6)]
    [InlineData(0.99, false, 6)]
    [InlineData(0.999, false, 6)]
    [InlineData(0.9, true, 5)]
    [InlineData(0.99, true, 5)]
    [InlineData(0.999, true, 5)]
    public void Law_36_the_first_rectified_step_is_the_sixth_or_the_papers_fifth(double beta2, bool paper, int first)
    {
        // A gradient of 1000 shows which it is: the mean steps by 1000, a rectified step by less than 1.
        var state = Optimizer.Init(new RAdam { LearningRate = 1, Beta2 = beta2, PaperThreshold = paper }, TensorSet.OfArray([0.0]));
        for (int t = 1; t <= 10; t++)
        {
            double before = state.Parameters.Span[0];
            state = state.Step(TensorSet.OfArray([1000.0])).Item1;
            double step = before - state.Parameters.Span[0];
            if (t < first)
            {
                Same.Close(1000, step, 1e-12);
            }
            else
            {
                Assert.InRange(step, 1e-6, 1);
            }
        }
    }

    [Theory]
    [InlineData(0.9)]
    [InlineData(0.99)]
    [InlineData(0.999)]
    public void Law_36_the_rectification_rises_within_0_and_1(double beta2)
    {
        // Without momentum and epsilon a constant gradient steps by lr r.
        var rule = new RAdam { LearningRate = 1, Beta1 = 0, Beta2 = beta2, Epsilon = 0, PaperThreshold = true, SkipUnrectified = true };
        var states = Optimizer.Scan(Optimizer.Init(rule, TensorSet.OfArray([0.0])), Enumerable.Repeat(TensorSet.OfArray([2.0]), 300)).ToList();
        double[] rectifications = [.. states.Zip(states.Skip(1), (before, after) => before.Parameters.Span[0] - after.Parameters.Span[0])];
        Assert.All(rectifications[..4], r => Assert.Equal(0, r));
        for (int t = 5; t <= rectifications.Length; t++)
        {
            double r = rectifications[t - 1];
            Assert.InRange(r, 1e-3, 1 + 1e-12);
            Assert.True(r > rectifications[t - 2] || 1 - r < 1e-10, FormattableString.Invariant($"it fell to {r} at step {t}"));
        }
    }

    [Fact]
    public void Law_36_below_the_threshold_the_step_is_the_corrected_mean() => Law.Check(output, Scenario.From(
        draw => new RAdam { LearningRate = draw.Fraction(), Beta1 = draw.Of(0, 0.9, draw.Fraction() * 0.99) }, draw => draw.Moderate(), (1, 5)), s =>
        {
            var rule = (RAdam)s.Rule;
            double lr = rule.LearningRate.At(0), b1 = rule.Beta1.At(0);
            double[] p = [.. s.Start], m = new double[p.Length];
            for (int t = 1; t <= s.Gradients.Length; t++)
            {
                for (int i = 0; i < p.Length; i++)
                {
                    m[i] = (b1 * m[i]) + ((1 - b1) * s.Gradients[t - 1][i]);
                    p[i] -= lr * m[i] / (1 - Math.Pow(b1, t));
                }
            }

            Same.Close(p, s.Run<double>().Parameters.ToArray(), 1e-12, 1000);
        });

    /// <summary>A library's default went uphill before the threshold: its step size was -lr.</summary>
    [Fact]
    public void Before_the_threshold_it_descends()
    {
        foreach (var rule in new[] { new RAdam(), new RAdam { SkipUnrectified = true }, new RAdam { PaperThreshold = true } })
        {
            var state = Optimizer.Init(rule, TensorSet.OfArray([1.0, -1]));
            for (int t = 1; t <= 8; t++)
            {
                var next = state.Step(state.Parameters).Item1;
                Assert.All(state.Parameters.ToArray().Zip(next.Parameters.ToArray()), pair => Assert.True(
                    rule.SkipUnrectified && t < 6 ? pair.First == pair.Second : Math.Abs(pair.Second) < Math.Abs(pair.First)));
                state = next;
            }
        }
    }

    [Fact]
    public void A_skipped_step_moves_and_decays_nothing_but_its_moments_go_on() => Law.Check(output, Scenario.From(
        draw => new RAdam { WeightDecay = 0.1, SkipUnrectified = true, DecoupledWeightDecay = true }, null, (1, 5)), s =>
        {
            var end = s.Run<float>();
            Same.Bits(s.StartOf<float>(), end.Parameters);
            var moving = s.Run<float>(((RAdam)s.Rule).WithSkipUnrectified(false));
            Same.Bits(moving.Slots["exp_avg"], end.Slots["exp_avg"]);
            Same.Bits(moving.Slots["exp_avg_sq"], end.Slots["exp_avg_sq"]);
        });

    [Fact]
    public void With_a_small_beta2_no_step_is_ever_rectified()
    {
        var state = Optimizer.Init(new RAdam { LearningRate = 1, Beta1 = 0, Beta2 = 0.6 }, TensorSet.OfArray([0.0]));
        state = Optimizer.Fold(state, Enumerable.Repeat(TensorSet.OfArray([-3.0]), 100));
        Assert.Equal(300, state.Parameters.Span[0]);
    }
}
