using System.Numerics;
using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>Laws 25, 26, 27, 30 and 32.</summary>
public class AdamTests(ITestOutputHelper output)
{
    [Fact]
    public void Adam_follows_its_textbook() => Textbook.Agrees(
        output,
        draw => new Adam
        {
            LearningRate = Textbook.Any(draw, 0, 0.5), Beta1 = draw.Of<Schedule>(0, 0.9, Textbook.Any(draw, 0.1, 0.99)),
            Beta2 = draw.Of<Schedule>(0.999, Textbook.Any(draw, 0.5, 0.9999)), Epsilon = draw.Of(0, 1e-8, 1e-3),
            WeightDecay = draw.Coin() ? 0 : Textbook.Any(draw, 0, 0.1), AmsGrad = draw.Coin(), Maximize = draw.Coin(),
        },
        rule => new TextbookAdam((Adam)rule));

    [Fact]
    public void Law_25_corrected_means_of_a_constant_are_the_constant() => Law.Check(output, Constants(), c =>
    {
        var adam = new Adam { LearningRate = 1, Beta1 = c.Beta1, Beta2 = c.Beta2 };
        foreach (var (state, t) in Run(adam, c.G).Skip(1))
        {
            Same.Close(c.G, state.Slots["exp_avg"].Span[0] / (1 - Math.Pow(c.Beta1, t)), 1e-11);
            Same.Close(c.G * c.G, state.Slots["exp_avg_sq"].Span[0] / (1 - Math.Pow(c.Beta2, t)), 1e-11);
        }
    });

    [Fact]
    public void Law_26_a_constant_gradient_steps_by_the_rate_whatever_t() => Law.Check(output, Constants(), c =>
    {
        double before = 0;
        foreach (var (state, _) in Run(new Adam { LearningRate = 0.5, Beta1 = c.Beta1, Beta2 = c.Beta2, Epsilon = 0.01, AmsGrad = c.AmsGrad }, c.G).Skip(1))
        {
            double now = state.Parameters.Span[0];
            Same.Close(0.5 * c.G / (Math.Abs(c.G) + 0.01), before - now, 1e-10, 1e-3);
            before = now;
        }
    });

    [Fact]
    public void Law_27_the_correction_is_the_mean_times_a_power_that_vanishes() => Law.Check(output, Constants(), c =>
    {
        // Two rules from the same slots, one late in the run, where nothing is left to correct.
        var adam = new Adam { LearningRate = 1, Beta1 = c.Beta1, Beta2 = 0, Epsilon = 0 };
        double last = double.PositiveInfinity;
        for (int t = 1; t <= 200; t++)
        {
            double corrected = StepFrom(adam, t - 1, 1, c.G), late = StepFrom(adam, long.MaxValue - 1, 1, c.G);
            double power = Math.Pow(c.Beta1, t), gap = Math.Abs(corrected - late);
            Same.Close(Math.Abs(late) * power / (1 - power), gap, 1e-11, Math.Abs(corrected));
            Assert.True(gap <= last, "the gap grew");
            last = gap;
        }
    }, 30);

    [Fact]
    public void Law_30_beta1_of_0_is_bias_corrected_RMSprop() =>
        Law.Check(output, Scenario.From(
            draw => new Adam { LearningRate = draw.Fraction(), Beta1 = 0, Beta2 = draw.Of(0.9, draw.Fraction()) }, draw => draw.Moderate()), s =>
        {
            var adam = (Adam)s.Rule;
            double beta2 = adam.Beta2.At(0), lr = adam.LearningRate.At(0), eps = adam.Epsilon.At(0);
            var rms = Optimizer.Init(new ScaleByRmsProp { Alpha = beta2 }, s.StartOf<double>());
            var state = s.Begin<double>();
            for (int t = 1; t <= s.Gradients.Length; t++)
            {
                var gradient = s.Set<double>(s.Gradients[t - 1]);
                var before = state.Parameters;
                state = state.Step(gradient).Item1;
                rms = rms.Step(gradient).Item1;
                double correction = 1 - Math.Pow(beta2, t);
                for (int i = 0; i < s.Start.Length; i++)
                {
                    double update = lr * gradient.Span[i] / (Math.Sqrt(rms.Slots["square_avg"].Span[i] / correction) + eps);
                    Same.Close(before.Span[i] - update, state.Parameters.Span[i], 1e-12, 1);
                }
            }
        });

    [Theory]
    [InlineData("adam")]
    [InlineData("adamw")]
    [InlineData("scale_by_adam")]
    public void Law_32_with_AMSGrad_the_denominator_never_decreases(string name) =>
        Law.Check(output, Scenario.From(draw => WithAmsGrad(AnyRule.Of(draw, RuleRegistry.Find(name)!))), s =>
        {
            double[] largest = new double[s.Start.Length];
            foreach (var state in Optimizer.Scan(s.Begin<double>(), s.GradientsOf<double>()).Skip(1))
            {
                double[] now = state.Slots["max_exp_avg_sq"].ToArray(), v = state.Slots["exp_avg_sq"].ToArray();
                for (int i = 0; i < now.Length; i++)
                {
                    Assert.True(now[i] >= largest[i] || double.IsNaN(now[i]));
                    Assert.Equal(Math.Max(largest[i], v[i]), now[i]);
                }

                largest = now;
            }
        }, 50);

    [Fact]
    public void L2_enters_the_moments()
    {
        var state = Optimizer.Init(new Adam { WeightDecay = 0.5, Beta1 = 0.5, Beta2 = 0.5 }, TensorSet.OfArray([4.0])).Step(TensorSet.OfArray([1.0])).Item1;
        Assert.Equal(1.5, state.Slots["exp_avg"].Span[0]);
        Assert.Equal(4.5, state.Slots["exp_avg_sq"].Span[0]);
    }

    private static Rule WithAmsGrad(Rule rule) => RuleProperty.Of(rule).Single(h => h.Name == "AmsGrad").With(rule, true);

    private static FsCheck.Arbitrary<(double G, double Beta1, double Beta2, bool AmsGrad)> Constants() => Cases.Of(draw => (
        draw.Moderate(), draw.Of(0, 0.5, 0.9, draw.Fraction() * 0.999), draw.Of(0, 0.9, 0.999, draw.Fraction() * 0.9999), draw.Coin()));

    private static IEnumerable<(OptimizerState<double> State, int Step)> Run(Rule rule, double g) =>
        Optimizer.Scan(Optimizer.Init(rule, TensorSet.OfArray([0.0])), Enumerable.Repeat(TensorSet.OfArray([g]), 60)).Select((state, t) => (state, t));

    private static double StepFrom(Adam adam, long steps, double m, double g)
    {
        var slots = new Dictionary<string, TensorSet<double>> { ["exp_avg"] = TensorSet.OfArray([m]), ["exp_avg_sq"] = TensorSet.OfArray([1.0]) };
        return -Optimizer.Restore(adam, steps, TensorSet.OfArray([0.0]), slots, new Dictionary<string, double>()).Step(TensorSet.OfArray([g])).Item2.Span[0];
    }
}
