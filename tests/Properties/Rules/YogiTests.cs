using System.Numerics;
using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>Law 37; laws 28 and 29 are in AdaptiveTests.</summary>
public class YogiTests(ITestOutputHelper output)
{
    [Fact]
    public void Yogi_follows_its_textbook() => Textbook.Agrees(
        output,
        draw => new Yogi
        {
            LearningRate = Textbook.Any(draw, 0, 0.5), Beta1 = Textbook.Any(draw, 0, 0.99), Beta2 = draw.Of<Schedule>(0.999, Textbook.Any(draw, 0.5, 0.9999)),
            Epsilon = draw.Of(1e-3, 1e-5), InitialAccumulator = draw.Of(1e-6, 0.1, 1), WeightDecay = draw.Coin() ? 0 : Textbook.Any(draw, 0, 0.1),
            InitialMean = draw.Coin(), BiasCorrection = draw.Coin(),
        },
        rule => new TextbookYogi((Yogi)rule));

    [Fact]
    public void Law_37_the_second_moment_changes_by_no_more_than_the_gradient_and_is_never_negative() =>
        Law.Check(output, Scenario.From(draw => AnyRule.Of(draw, RuleRegistry.Find("yogi")!) is Yogi yogi ? yogi.WithWeightDecay(0) : new Yogi()), s =>
        {
            Check<float>(s, 1e-6);
            Check<double>(s, 1e-15);

            static void Check<T>(Scenario s, double rounding)
                where T : unmanaged, IFloatingPointIeee754<T>
            {
                var state = s.Begin<T>();
                foreach (var gradient in s.GradientsOf<T>())
                {
                    double gain = 1 - ((Yogi)s.Rule).Beta2.At(state.StepCount);
                    var next = state.Step(gradient).Item1;
                    for (int i = 0; i < s.Start.Length; i++)
                    {
                        double g = double.CreateTruncating(gradient.Span[i]), old = Square(state, i), now = Square(next, i);
                        if (!T.IsFinite(gradient.Span[i] * gradient.Span[i]) || !double.IsFinite(old))
                        {
                            // A square that overflows; Adam's moment does not come back from it either.
                            continue;
                        }

                        Assert.True(now >= 0, FormattableString.Invariant($"v became {now}"));
                        Assert.True(
                            double.IsInfinity(now) || Math.Abs(now - old) <= (gain * g * g * (1 + rounding)) + (rounding * old) + 1e-44,
                            FormattableString.Invariant($"v went from {old} to {now} for a gradient of {g}"));
                    }

                    state = next;
                }
            }

            static double Square<T>(OptimizerState<T> state, int i)
                where T : unmanaged, IFloatingPointIeee754<T> => double.CreateTruncating(state.Slots["exp_avg_sq"].Span[i]);
        });

    [Fact]
    public void A_second_moment_above_the_square_falls_and_one_equal_to_it_stays()
    {
        var yogi = new Yogi { Beta2 = 0.75, InitialAccumulator = 4 };
        var state = Optimizer.Init(yogi, TensorSet.OfArray([0.0, 0, 0])).Step(TensorSet.OfArray([1.0, 2, 4])).Item1;
        Assert.Equal([3.75, 4, 8], state.Slots["exp_avg_sq"].ToArray());
    }

    /// <summary>Zaheer et al. 2018, algorithm 2; with bias correction and another start of m as TensorFlow Addons.</summary>
    private sealed class TextbookYogi(Yogi rule) : Textbook
    {
        private double m = rule.InitialMean ? rule.InitialAccumulator : 0, v = rule.InitialAccumulator;

        private bool nearlyEqual;

        public override bool HangsOnRounding => nearlyEqual;

        public override double Step(double p, double g, int t)
        {
            double b1 = rule.Beta1.At(t - 1), b2 = rule.Beta2.At(t - 1);
            g += rule.WeightDecay.At(t - 1) * p;
            m = (b1 * m) + ((1 - b1) * g);
            nearlyEqual = Math.Abs(v - Math.Pow(g, 2)) < 1e-5 * v;
            v -= (1 - b2) * Math.Sign(v - Math.Pow(g, 2)) * Math.Pow(g, 2);
            double mean = rule.BiasCorrection ? m / (1 - Math.Pow(b1, t)) : m, square = rule.BiasCorrection ? v / (1 - Math.Pow(b2, t)) : v;
            return p - (rule.LearningRate.At(t - 1) * mean / (Math.Sqrt(square) + rule.Epsilon.At(t - 1)));
        }
    }
}
