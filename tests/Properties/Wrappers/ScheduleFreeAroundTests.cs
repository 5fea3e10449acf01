using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Wrappers;

/// <summary>Schedule-Free around any rule is its presets.</summary>
public class ScheduleFreeAroundTests(ITestOutputHelper output)
{
    [Fact]
    public void At_a_rate_that_is_a_power_of_two_it_is_the_presets_to_the_bit() => Law.Check(
        output, Scenario.From(draw => Preset(draw, Math.ScaleB(1, -draw.Integer(0, 8))), draw => draw.Moderate(), (5, 30)), s =>
        {
            var preset = s.Run<double>();
            var around = s.Run<double>(Around(s.Rule));
            Same.Bits(preset.Parameters, around.Parameters);
            Same.Bits(preset.EvaluationParameters, around.EvaluationParameters);
            Same.Bits(preset.Slots["z"], around.Slots["z"]);
            Assert.Equal(preset.Scalars.Values, around.Scalars.Values);
        });

    [Fact]
    public void At_any_rate_it_is_the_presets_but_for_one_rounding_a_step() => Law.Check(
        output, Scenario.From(draw => Preset(draw, draw.Fraction()), draw => draw.Moderate(), (5, 30)), s =>
        {
            var preset = s.Begin<double>();
            var around = Optimizer.Init(Around(s.Rule), s.StartOf<double>());
            double[] largest = Array.ConvertAll(s.Start, Math.Abs);
            foreach (var gradient in s.GradientsOf<double>())
            {
                (preset, around) = (preset.Step(gradient).Item1, around.Step(gradient).Item1);
                for (int i = 0; i < largest.Length; i++)
                {
                    largest[i] = new[] { largest[i], Math.Abs(preset.Parameters.Span[i]), Math.Abs(preset.Slots["z"].Span[i]), Math.Abs(gradient.Span[i]) }.Max();
                    Same.Close(preset.Parameters.Span[i], around.Parameters.Span[i], 30 * 1e-15, largest[i], "parameter", i);
                }
            }
        });

    [Fact]
    public void A_warmup_of_the_rate_inside_weighs_as_the_presets_does()
    {
        var warmup = Schedule.Linear(0.125, 1, 8);
        var start = TensorSet.OfArray([1.0, -2]);
        var preset = Optimizer.Fold(Optimizer.Init(new ScheduleFreeSgd { LearningRate = warmup }, start), 20, p => p.Scale(0.5));
        var around = Optimizer.Fold(Optimizer.Init(new ScheduleFree(new Sgd { LearningRate = warmup }), start), 20, p => p.Scale(0.5));
        Assert.Equal(preset.Scalars, around.Scalars);
        Assert.True(preset.Scalars["weight_sum"] < 20);
    }

    [Fact]
    public void Around_a_rule_without_a_preset_x_is_the_mean_of_z() => Law.Check(
        output, Scenario.From(_ => new ScheduleFree(new Lion { LearningRate = 0.1, Beta1 = 0 }) { Beta1 = 0.8 }, draw => draw.Moderate(), (5, 30)), s =>
        {
            double[] sum = new double[s.Start.Length], largest = new double[s.Start.Length];
            foreach (var state in Optimizer.Scan(s.Begin<double>(), s.GradientsOf<double>()).Skip(1))
            {
                for (int i = 0; i < sum.Length; i++)
                {
                    sum[i] += state.Slots["z"].Span[i];
                    largest[i] = Math.Max(largest[i], Math.Abs(state.Slots["z"].Span[i]));
                    Same.Close(sum[i] / state.StepCount, state.EvaluationParameters.Span[i], 1e-12, largest[i], "x", i);
                }
            }
        });

    [Fact]
    public void What_cannot_be_inside_is_refused()
    {
        var start = TensorSet.OfArray([1.0]);
        Refused.With<ArgumentException>("ScheduleFree cannot hold Lookahead, which keeps slow weights", () => Optimizer.Init(new ScheduleFree(new Lookahead()), start));
        Refused.With<ArgumentException>("ScheduleFree cannot hold ScheduleFreeSgd, which keeps", () => Optimizer.Init(new ScheduleFree(new ScheduleFreeSgd()), start));
        Refused.With<ArgumentException>("ScheduleFree cannot hold ProjectOntoBox, which projects", () => Optimizer.Init(new ScheduleFree(new Sgd().Then(new ProjectOntoBox())), start));
        Refused.With<ArgumentException>("Scale must not stand behind ScheduleFree", () => Optimizer.Init(new ScheduleFree().Then(new Scale(2)), start));
        Refused.With<ArgumentException>("ScheduleFree cannot hold a rule whose rate depends on the run", () => Optimizer.Init(new ScheduleFree(new Sgd { LearningRate = Schedule.ReduceOnPlateau(0.1) }), start));
    }

    private static Rule Preset(Draw draw, double rate) => draw.Coin()
        ? new ScheduleFreeSgd
        {
            LearningRate = rate, Momentum = draw.Of(0.5, 0.9, 1), WeightDecay = draw.Of(0, 0.1), WeightStepPower = draw.Of(0, 1), WeightLearningRatePower = draw.Of(0, 2),
        }
        : new ScheduleFreeAdamW
        {
            LearningRate = rate, Beta1 = draw.Of(0.5, 0.9, 1), Beta2 = draw.Of(0.9, 0.999), WeightDecay = draw.Of(0, 0.1), WeightStepPower = draw.Of(0, 1), WeightLearningRatePower = draw.Of(0, 2),
        };

    private static ScheduleFree Around(Rule preset) => preset is ScheduleFreeSgd sgd
        ? new ScheduleFree(new Sgd { LearningRate = sgd.LearningRate, WeightDecay = sgd.WeightDecay })
        {
            Beta1 = sgd.Momentum, WeightStepPower = sgd.WeightStepPower, WeightLearningRatePower = sgd.WeightLearningRatePower,
        }
        : preset is ScheduleFreeAdamW adam
            ? new ScheduleFree(new AdamW { LearningRate = adam.LearningRate, Beta1 = 0, Beta2 = adam.Beta2, Epsilon = adam.Epsilon, WeightDecay = adam.WeightDecay })
            {
                Beta1 = adam.Beta1, WeightStepPower = adam.WeightStepPower, WeightLearningRatePower = adam.WeightLearningRatePower,
            }
            : throw new ArgumentException("no preset", nameof(preset));
}
