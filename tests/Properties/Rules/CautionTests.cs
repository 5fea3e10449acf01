using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>The option Cautious of Lion and AdamW.</summary>
public class CautionTests(ITestOutputHelper output)
{
    [Fact]
    public void Cautious_rules_follow_their_textbook() => Law.Check(output, Scenario.From(draw => WithoutAmsGrad(AnyCautious(draw)), draw => draw.Moderate(), (25, 40)), s =>
    {
        double[] p = [.. s.Start], m = new double[p.Length], v = new double[p.Length], largest = Array.ConvertAll(p, Math.Abs);
        var state = s.Begin<double>();
        for (int t = 1; t <= s.Gradients.Length; t++)
        {
            state = state.Step(s.Set<double>(s.Gradients[t - 1])).Item1;
            int start = 0;
            foreach (int length in s.Lengths)
            {
                Liang(s.Rule, t, p.AsSpan(start, length), s.Gradients[t - 1].AsSpan(start, length), m.AsSpan(start, length), v.AsSpan(start, length));
                start += length;
            }

            for (int i = 0; i < p.Length; i++)
            {
                largest[i] = Math.Max(largest[i], Math.Abs(p[i]));
                Same.Close(p[i], state.Parameters.Span[i], 1e-11, largest[i], FormattableString.Invariant($"parameters after step {t}"), i);
            }
        }
    });

    [Fact]
    public void The_moments_are_not_masked() => Law.Check(output, Scenario.From(AnyCautious), s =>
    {
        var bold = s.Run<float>(Bold(s.Rule));
        Assert.All(s.Run<float>().Slots, slot => Same.Bits(bold.Slots[slot.Key], slot.Value, slot.Key));
    }, 50);

    [Fact]
    public void No_element_moves_along_its_gradient() => Law.Check(output, Scenario.From(draw => WithoutDecay(AnyCautious(draw))), s =>
    {
        var state = s.Begin<double>();
        foreach (var gradient in s.GradientsOf<double>())
        {
            var next = state.Step(gradient).Item1;
            for (int i = 0; i < s.Start.Length; i++)
            {
                int move = Math.Sign(next.Parameters.Span[i] - state.Parameters.Span[i]);
                Assert.True(move == 0 || move == -Math.Sign(gradient.Span[i]), FormattableString.Invariant($"element {i} moves along its gradient"));
            }

            state = next;
        }
    }, 50);

    [Fact]
    public void What_Lion_leaves_out_the_rest_of_the_tensor_makes_up_for() =>
        Law.Check(output, Scenario.From(_ => new Lion { LearningRate = 0.5, Cautious = true }, draw => draw.Moderate()), s =>
        {
            var state = s.Begin<double>();
            foreach (var gradient in s.GradientsOf<double>())
            {
                var next = state.Step(gradient).Item1;
                for (int i = 0; i < s.Lengths.Length; i++)
                {
                    double moved = next.Parameters[i].Span.ToArray().Zip(state.Parameters[i].Span.ToArray(), (x, y) => Math.Abs(x - y)).Sum();
                    if (moved > 0)
                    {
                        // No more than 300 elements: the least fraction is never reached.
                        Same.Close(0.5 * s.Lengths[i], moved, 1e-10, 1000);
                    }
                }

                state = next;
            }
        }, 50);

    [Fact]
    public void Never_is_a_step_enlarged_more_than_1000_times()
    {
        // One of 4000 elements has the sign of its mean, the others are turned round by it.
        var layout = Layout.OfVector(4000);
        var slots = new Dictionary<string, TensorSet<double>> { ["exp_avg"] = TensorSet.Filled(layout, 1.0) };
        var state = Optimizer.Restore(new Lion { LearningRate = 0.5, Cautious = true }, 3, TensorSet.Filled(layout, 0.0), slots, new Dictionary<string, double>());
        var next = state.Step(TensorSet.Generate(layout, i => i == 2345 ? 0.5 : -0.5)).Item2.ToArray();
        Assert.Equal(-500, next[2345]);
        Assert.Equal(3999, next.Count(x => x == 0));
    }

    [Fact]
    public void Gradients_whose_product_with_the_step_underflows_are_not_masked()
    {
        var state = Optimizer.Init(new AdamW { Cautious = true, Epsilon = 1e-3 }, TensorSet.OfArray([0f, 0f]));
        Assert.All(state.Step(TensorSet.OfArray([1e-30f, 1e-30f])).Item2.ToArray(), x => Assert.True(x < 0));
    }

    [Fact]
    public void A_tensor_does_not_see_the_others() => Law.Check(output, Scenario.From(AnyCautious), s =>
    {
        var together = s.Run<double>();
        int start = 0;
        for (int i = 0; i < s.Lengths.Length; i++)
        {
            int end = start + s.Lengths[i];
            var alone = new Scenario(s.Rule, [s.Lengths[i]], s.Start[start..end], [.. s.Gradients.Select(g => g[start..end])]);
            Same.Bits(alone.Run<double>().Parameters.Span, together.Parameters[i].Span);
            start = end;
        }
    }, 50);

    [Fact]
    public void NaN_is_not_hidden_by_the_mask()
    {
        foreach (Rule rule in new Rule[] { new Lion { LearningRate = 0.5, Cautious = true }, new AdamW { Cautious = true } })
        {
            double[] next = Optimizer.Init(rule, TensorSet.OfArray([0.0, 0])).Step(TensorSet.OfArray([double.NaN, 1])).Item2.ToArray();
            Assert.True(double.IsNaN(next[0]));
            Assert.True(double.IsFinite(next[1]) && next[1] < 0);
        }
    }

    /// <summary>Liang et al. 2024, algorithm 2: one tensor.</summary>
    private static void Liang(Rule rule, int t, Span<double> p, ReadOnlySpan<double> gradient, Span<double> m, Span<double> v)
    {
        var lion = rule as Lion ?? new Lion();
        var adam = rule as AdamW ?? new AdamW();
        var (lr, wd, b1, b2, sign) = rule is Lion
            ? (lion.LearningRate, lion.WeightDecay, lion.Beta1.At(t - 1), lion.Beta2.At(t - 1), lion.Maximize ? -1 : 1)
            : (adam.LearningRate, adam.WeightDecay, adam.Beta1.At(t - 1), adam.Beta2.At(t - 1), adam.Maximize ? -1 : 1);
        double[] u = new double[p.Length];
        int kept = 0;
        for (int i = 0; i < p.Length; i++)
        {
            double g = sign * gradient[i], old = m[i];
            m[i] = ((rule is Lion ? b2 : b1) * old) + ((1 - (rule is Lion ? b2 : b1)) * g);
            v[i] = (b2 * v[i]) + ((1 - b2) * g * g);
            u[i] = rule is Lion
                ? Math.Sign((b1 * old) + ((1 - b1) * g))
                : m[i] / (1 - Math.Pow(b1, t)) / (Math.Sqrt(v[i] / (1 - Math.Pow(b2, t))) + adam.Epsilon.At(t - 1));
            u[i] = u[i] * g > 0 ? u[i] : 0;
            kept += u[i] == 0 ? 0 : 1;
        }

        double mean = p.Length == 0 ? 1 : (double)kept / p.Length;
        for (int i = 0; i < p.Length; i++)
        {
            p[i] -= lr.At(t - 1) * ((u[i] / Math.Max(mean, 1e-3)) + (wd.At(t - 1) * p[i]));
        }
    }

    private static Rule AnyCautious(Draw draw) => draw.Coin()
        ? new Lion
        {
            LearningRate = Textbook.Any(draw, 0, 0.1), Beta1 = Textbook.Any(draw, 0.5, 0.99), Beta2 = Textbook.Any(draw, 0.5, 0.999),
            WeightDecay = draw.Of<Schedule>(0, 0.1, Textbook.Any(draw, 0, 1)), Cautious = true, Maximize = draw.Coin(),
        }
        : new AdamW
        {
            LearningRate = Textbook.Any(draw, 0, 0.1), Beta1 = Textbook.Any(draw, 0.5, 0.99), Beta2 = Textbook.Any(draw, 0.5, 0.9999),
            WeightDecay = draw.Of<Schedule>(0, 0.1, Textbook.Any(draw, 0, 1)), Cautious = true, Maximize = draw.Coin(), AmsGrad = draw.Coin(),
        };

    private static Rule Bold(Rule rule) => rule is Lion lion ? lion.WithCautious(false) : ((AdamW)rule).WithCautious(false);

    private static Rule WithoutAmsGrad(Rule rule) => rule is AdamW w ? w.WithAmsGrad(false) : rule;

    private static Rule WithoutDecay(Rule rule) => rule is Lion lion
        ? lion.WithWeightDecay(0).WithMaximize(false)
        : ((AdamW)rule).WithWeightDecay(0).WithMaximize(false);
}
