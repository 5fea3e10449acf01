using System.Numerics;
using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>Law 43b.</summary>
public class AdaBoundTests(ITestOutputHelper output)
{
    [Fact]
    public void AdaBound_follows_its_textbook() => Textbook.Agrees(
        output,
        draw => new AdaBound
        {
            LearningRate = Textbook.Any(draw, 0.001, 0.5), FinalLearningRate = Textbook.Any(draw, 0, 0.5), BaseLearningRate = draw.Of(0, 0.05),
            Gamma = draw.Of<Schedule>(1e-3, 0.1, Textbook.Any(draw, 0.001, 2)), Beta1 = Textbook.Any(draw, 0, 0.99),
            Beta2 = draw.Of<Schedule>(0.999, Textbook.Any(draw, 0.5, 0.9999)), Epsilon = draw.Of(1e-8, 1e-3),
            WeightDecay = draw.Coin() ? 0 : Textbook.Any(draw, 0, 0.1), AmsBound = draw.Coin(),
        },
        rule => new TextbookAdaBound((AdaBound)rule));

    [Fact]
    public void Law_43b_every_rate_lies_in_a_band_that_closes_in_on_the_final_one() =>
        Law.Check(output, Scenario.From(draw => AnyAdaBound(draw), draw => draw.Moderate()), s =>
        {
            var rule = (AdaBound)s.Rule;
            double final = rule.FinalLearningRate.At(0), gamma = rule.Gamma.At(0), width = double.PositiveInfinity;
            var zero = TensorSet.Filled(s.Layout, 0.0);
            var state = s.Begin<double>();
            foreach (long steps in new[] { 0L, 1, 10, 1000, 1_000_000_000, 1L << 53 })
            {
                foreach (var gradient in s.GradientsOf<double>().Take(3))
                {
                    // From 0, where the parameter is the step itself; the slots go on from step to step.
                    var next = Optimizer.Restore(rule, steps, zero, state.Slots, state.Scalars).Step(gradient).Item1;
                    double lower = final * (1 - (1 / ((gamma * next.StepCount) + 1))), upper = final * (1 + (1 / (gamma * next.StepCount)));
                    Assert.True(upper - lower <= width);
                    for (int i = 0; i < s.Start.Length; i++)
                    {
                        double rate = -next.Parameters.Span[i] / next.Slots["exp_avg"].Span[i];
                        Assert.InRange(rate, lower * (1 - 1e-14), upper * (1 + 1e-14));
                    }

                    state = next;
                    width = upper - lower;
                }
            }

            Assert.InRange(width, 0, final * 1e-9);
        });

    [Fact]
    public void The_final_rate_follows_the_learning_rate()
    {
        Assert.Equal(0.1, LateRate(new AdaBound()), 1e-12);
        Assert.Equal(0.1, LateRate(new AdaBound { LearningRate = 0.05 }), 1e-12);
        Assert.Equal(0.025, LateRate(new AdaBound { LearningRate = Schedule.Table([0.04, 0.01]) }), 1e-12);
        Assert.Equal(0.2, LateRate(new AdaBound { LearningRate = Schedule.Table([0.04, 0.01]), BaseLearningRate = 0.005 }), 1e-12);
        Assert.Equal(0.1, LateRate(new AdaBound { LearningRate = Schedule.Table([0, 0.01]) }), 1e-12);
    }

    [Fact]
    public void The_final_rate_belongs_to_the_peak_of_the_schedule_however_it_begins()
    {
        var zero = TensorSet.OfArray([0.0]);
        foreach (var rate in new[]
        {
            Schedule.WarmupConstant(1e-3, 1000), Schedule.Constant(1e-3), Schedule.WarmupConstant(1, 1000) * 1e-3, Schedule.WarmupConstant(1e-3, 1000) * Schedule.ReduceOnPlateau(1, requiresLoss: false),
            Schedule.Linear(0, 1e-3, 1000), Schedule.Table([0, 1e-3]), Schedule.Linear(0, 1e-3, 100).Then(1e-3, 50), Schedule.Linear(0, 5, 1_000_000).Then(1e-3, 50),
        })
        {
            var rule = new AdaBound { LearningRate = rate };
            foreach (var same in new Rule[] { rule, new RollbackOnDivergence(rule), rule.WithBaseLearningRate(1e-3) })
            {
                var first = Optimizer.Init(same, zero);
                var next = Optimizer.Restore(same, 1200, zero, first.Slots, first.Scalars).Step(TensorSet.OfArray([1.0])).Item1;

                // Below the band, whose lower end is this.
                Assert.Equal(0.1 * (1 - (1 / ((1e-3 * 1201) + 1))), -next.Parameters.Span[0] / next.Slots["exp_avg"].Span[0], 1e-9);
            }
        }

        // Scaling every rate scales the final one with it.
        Assert.Equal(0.05, LateRate((AdaBound)new AdaBound().ScaleLearningRates(0.5)), 1e-12);
        Refused.With<ArgumentException>("BaseLearningRate must be given with a LearningRate whose peak is not known, Own", () => Optimizer.Init(new AdaBound { LearningRate = new Own() }, zero));
        Assert.Equal(0.2, LateRate(new AdaBound { LearningRate = new Own(), BaseLearningRate = 0.25 }), 1e-12);
    }

    private sealed record Own : Schedule
    {
        public override double At(long step) => 0.5;
    }

    [Fact]
    public void A_learning_rate_of_0_stands_still()
    {
        Assert.Equal(0, LateRate(new AdaBound { LearningRate = 0 }));
        Assert.Equal(0, LateRate(new AdaBound { LearningRate = Schedule.Table([0.5, 0]) }));
        Assert.Equal(0, LateRate(new AdaBound { LearningRate = Schedule.Table([0, 0]), AmsBound = true }));
    }

    [Fact]
    public void A_band_that_never_binds_leaves_Adam() => Law.Check(output, Scenario.From(draw => AnyAdaBound(draw) with { Gamma = 1e-300, Epsilon = 0, FinalLearningRate = 0.1 }, draw => draw.Moderate()), s =>
    {
        var rule = (AdaBound)s.Rule;
        var adam = new Adam { LearningRate = rule.LearningRate, Beta1 = rule.Beta1, Beta2 = rule.Beta2, Epsilon = 0, AmsGrad = rule.AmsBound };
        Same.Close(s.Run<double>(adam).Parameters.ToArray(), s.Run<double>().Parameters.ToArray(), 1e-12, 10);
    });

    /// <summary>What the first step after very many multiplies the mean by.</summary>
    private static double LateRate(AdaBound rule)
    {
        var first = Optimizer.Init(rule, TensorSet.OfArray([0.0]));
        var next = Optimizer.Restore(rule, 1L << 60, first.Parameters, first.Slots, first.Scalars).Step(TensorSet.OfArray([1.0])).Item1;
        return -next.Parameters.Span[0] / next.Slots["exp_avg"].Span[0];
    }

    private static AdaBound AnyAdaBound(Draw draw) => new()
    {
        LearningRate = 0.01 + draw.Fraction(), FinalLearningRate = 1e-3 + draw.Fraction(), Gamma = draw.Of(1e-3, 0.1, 0.01 + draw.Fraction()),
        Beta1 = 0.9 * draw.Fraction(), Beta2 = draw.Of(0.9, 0.999, draw.Fraction()), AmsBound = draw.Coin(),
    };

    /// <summary>Luo et al. 2019, algorithm 2, with the authors' bias correction, which takes the place of its 1 / sqrt(t).</summary>
    private sealed class TextbookAdaBound(AdaBound rule) : Textbook
    {
        private double m, v, largest;

        public override double Step(double p, double g, int t)
        {
            double b1 = rule.Beta1.At(t - 1), b2 = rule.Beta2.At(t - 1), lr = rule.LearningRate.At(t - 1), gamma = rule.Gamma.At(t - 1);
            g += rule.WeightDecay.At(t - 1) * p;
            m = (b1 * m) + ((1 - b1) * g);
            v = (b2 * v) + ((1 - b2) * Math.Pow(g, 2));
            largest = Math.Max(largest, v);
            double rate = lr * Math.Sqrt(1 - Math.Pow(b2, t)) / (1 - Math.Pow(b1, t)) / (Math.Sqrt(rule.AmsBound ? largest : v) + rule.Epsilon.At(t - 1));
            double final = rule.FinalLearningRate.At(t - 1) * lr / (rule.BaseLearningRate > 0 ? rule.BaseLearningRate : Enumerable.Range(0, 50).Max(step => rule.LearningRate.At(step)));
            return p - (Math.Clamp(rate, final * (1 - (1 / ((gamma * t) + 1))), final * (1 + (1 / (gamma * t)))) * m);
        }
    }
}
