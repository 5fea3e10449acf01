using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>Law 35, and RAdam's rectification (law 36) as AdaBelief uses it.</summary>
public class AdaBeliefTests(ITestOutputHelper output)
{
    [Fact]
    public void AdaBelief_follows_its_textbook() => Textbook.Agrees(
        output,
        draw =>
        {
            bool rectify = draw.Coin(), decoupled = draw.Coin();
            return new AdaBelief
            {
                LearningRate = Textbook.Any(draw, 0, 0.1), Beta1 = Textbook.Any(draw, 0.1, 0.99), Beta2 = draw.Of<Schedule>(0.999, Textbook.Any(draw, 0.5, 0.99)),
                Epsilon = draw.Of(1e-16, 1e-8, 1e-3), WeightDecay = draw.Coin() ? 0 : Textbook.Any(draw, 0, 0.1), DecoupledWeightDecay = decoupled,
                FixedDecay = decoupled && draw.Coin(), Rectify = rectify, DegeneratedToSgd = draw.Coin(), AmsGrad = !rectify && draw.Coin(),
            };
        },
        rule => new TextbookAdaBelief((AdaBelief)rule));

    [Fact]
    public void Law_35_AdaBelief_is_Adam_for_a_second_moment_of_g_minus_m() =>
        Law.Check(output, Scenario.From(draw => Unrectified(draw.Of(0.9, 0.1 + (0.8 * draw.Fraction())), 0.5 + (0.49 * draw.Fraction())), draw => draw.Moderate(), (2, 30)), s =>
        {
            var rule = (AdaBelief)s.Rule;
            double b1 = rule.Beta1.At(0), b2 = rule.Beta2.At(0), lr = rule.LearningRate.At(0);
            var adam = Optimizer.Init(new Adam { LearningRate = rule.LearningRate, Beta1 = rule.Beta1, Beta2 = rule.Beta2, Epsilon = 0 }, s.StartOf<double>());
            var belief = s.Begin<double>();
            double[] variance = new double[s.Start.Length];
            for (int t = 1; t <= s.Gradients.Length; t++)
            {
                var gradient = s.Set<double>(s.Gradients[t - 1]);
                var next = belief.Step(gradient).Item1;
                adam = adam.Step(gradient).Item1;
                Same.Bits(adam.Slots["exp_avg"], next.Slots["exp_avg"]);
                for (int i = 0; i < variance.Length; i++)
                {
                    double m = adam.Slots["exp_avg"].Span[i];
                    variance[i] = (b2 * variance[i]) + ((1 - b2) * Math.Pow(gradient.Span[i] - m, 2));
                    double quotient = m / (1 - Math.Pow(b1, t)) / Math.Sqrt(variance[i] / (1 - Math.Pow(b2, t)));
                    Same.Close(belief.Parameters.Span[i] - (lr * quotient), next.Parameters.Span[i], 1e-11, Math.Abs(lr * quotient) + 1);
                }

                belief = next;
            }
        });

    [Fact]
    public void Law_35_it_differs_from_Adam_at_step_2()
    {
        // The second gradient is what the mean foretells but for a tenth: Adam hardly slows, AdaBelief strides.
        var gradients = new[] { 1.0, 1.1 }.Select(g => TensorSet.OfArray([g])).ToList();
        var belief = Optimizer.Fold(Optimizer.Init(Unrectified(0.5, 0.5), TensorSet.OfArray([0.0])), gradients);
        double s = (0.5 * 0.5 * 0.25) + (0.5 * Math.Pow(1.1 - 0.8, 2)), m = (0.5 * 0.5) + (0.5 * 1.1);
        Same.Close(s, belief.Slots["exp_avg_var"].Span[0], 1e-14);
        Same.Close((-0.01 * 1 / 0.5) - (0.01 * (m / 0.75) / Math.Sqrt(s / 0.75)), belief.Parameters.Span[0], 1e-14);
        Assert.NotEqual((0.5 * 0.5) + (0.5 * 1.21), belief.Slots["exp_avg_var"].Span[0], 1e-3);
    }

    [Theory]
    [InlineData(0.9)]
    [InlineData(0.99)]
    [InlineData(0.999)]
    public void Law_36_the_first_rectified_step_is_the_sixth(double beta2)
    {
        // Without the plain steps before it nothing moves until then.
        var state = Optimizer.Init(new AdaBelief { Beta2 = beta2, DegeneratedToSgd = false }, TensorSet.OfArray([1.0]));
        for (int t = 1; t <= 6; t++)
        {
            state = state.Step(TensorSet.OfArray([1.0 + (0.1 * t)])).Item1;
            Assert.Equal(t < 6, state.Parameters.Span[0] == 1);
        }
    }

    [Theory]
    [InlineData(0.9)]
    [InlineData(0.99)]
    [InlineData(0.999)]
    public void Law_36_the_rectification_grows_within_0_and_1(double beta2)
    {
        double last = 0;
        for (int t = 6; t < 20000; t++)
        {
            var rectification = new Rectification(beta2, t);
            Assert.InRange(rectification.Length, 5, 2 / (1 - beta2));
            Assert.True(rectification.Factor is > 0 and <= 1 && rectification.Factor >= last - 1e-12, FormattableString.Invariant($"step {t}: {rectification.Factor}"));
            last = rectification.Factor;
        }

        Assert.InRange(last, 0.9999, 1);
        Assert.InRange(new Rectification(beta2, 4).Length, 0, 4);
        Assert.InRange(new Rectification(beta2, 5).Length, 4, 5);
        Assert.Equal(1, new Rectification(beta2, long.MaxValue).Factor, 1e-15);
    }

    [Fact]
    public void Before_rectification_without_plain_steps_an_infinite_gradient_moves_nothing()
    {
        var state = Optimizer.Init(new AdaBelief { DegeneratedToSgd = false }, TensorSet.OfArray([1.0]));
        Assert.Equal(1.0, state.Step(TensorSet.OfArray([double.PositiveInfinity])).Item2.Span[0]);
    }

    [Fact]
    public void Epsilon_gathers_in_the_variance()
    {
        var rule = new AdaBelief { Beta2 = 0.5, Epsilon = 0.25, Rectify = false };
        var zero = TensorSet.OfArray([0.0]);
        Assert.Equal(0.25 + 0.125 + 0.0625, Optimizer.Fold(Optimizer.Init(rule, zero), [zero, zero, zero]).Slots["exp_avg_var"].Span[0]);
    }

    [Fact]
    public void A_fixed_decay_is_not_multiplied_by_the_learning_rate()
    {
        var start = TensorSet.OfArray([8.0]);
        var rule = new AdaBelief { LearningRate = 0.5, WeightDecay = 0.25, Rectify = false };
        Assert.Equal(7, Optimizer.Init(rule, start).Step(TensorSet.OfArray([0.0])).Item2.Span[0]);
        Assert.Equal(6, Optimizer.Init(rule with { FixedDecay = true }, start).Step(TensorSet.OfArray([0.0])).Item2.Span[0]);
    }

    [Fact]
    public void Options_that_would_be_ignored_are_refused()
    {
        var start = TensorSet.OfArray([1.0]);
        Refused.With<ArgumentException>("AmsGrad needs Rectify", () => Optimizer.Init(new AdaBelief { AmsGrad = true }, start));
        Refused.With<ArgumentException>(
            "FixedDecay needs DecoupledWeightDecay", () => Optimizer.Init(new AdaBelief { FixedDecay = true, DecoupledWeightDecay = false }, start));
    }

    private static AdaBelief Unrectified(double beta1, double beta2) =>
        new() { LearningRate = 0.01, Beta1 = beta1, Beta2 = beta2, Epsilon = 0, Rectify = false };

    /// <summary>Zhuang et al. 2020, algorithm 2, with the authors' rectification, decay and AMSGrad.</summary>
    private sealed class TextbookAdaBelief(AdaBelief rule) : Textbook
    {
        private double m, s, largest;

        public override double Step(double p, double g, int t)
        {
            double b1 = rule.Beta1.At(t - 1), b2 = rule.Beta2.At(t - 1), eps = rule.Epsilon.At(t - 1), lr = rule.LearningRate.At(t - 1);
            double wd = rule.WeightDecay.At(t - 1), left = 1 - Math.Pow(b2, t);
            if (!rule.DecoupledWeightDecay)
            {
                g += wd * p;
            }
            else
            {
                p *= 1 - (rule.FixedDecay ? wd : lr * wd);
            }

            m = (b1 * m) + ((1 - b1) * g);
            s = (b2 * s) + ((1 - b2) * Math.Pow(g - m, 2)) + eps;
            largest = Math.Max(largest, s);
            double mean = m / (1 - Math.Pow(b1, t));
            if (!rule.Rectify)
            {
                return p - (lr * mean / (Math.Sqrt((rule.AmsGrad ? largest : s) / left) + eps));
            }

            double most = (2 / (1 - b2)) - 1, n = most - (2 * t * Math.Pow(b2, t) / left);
            if (n < 5)
            {
                return rule.DegeneratedToSgd ? p - (lr * mean) : p;
            }

            double r = Math.Sqrt((n - 4) / (most - 4) * (n - 2) / (most - 2) * most / n);
            return p - (lr * r * mean * Math.Sqrt(left) / (Math.Sqrt(s) + eps));
        }
    }
}
