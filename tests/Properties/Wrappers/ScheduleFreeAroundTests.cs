using Optim.Execution;
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
    public void The_rate_that_weighs_is_by_the_clock_and_the_factor_of_the_rules_between()
    {
        var start = TensorSet.OfArray([1.0, -2]);
        var inside = Optimizer.Init(new ScheduleFree(new Twice(new Sgd { LearningRate = Schedule.Table([0.25, 9, 0.5, 9, 1]) })), start);
        var plain = Optimizer.Init(new ScheduleFree(new Sgd { LearningRate = Schedule.Table([0.125, 0.25, 0.5]) }), start);
        for (int t = 0; t < 5; t++)
        {
            var gradient = TensorSet.OfArray([1.0 + t, -0.5]);
            (inside, plain) = (inside.Step(gradient).Item1, plain.Step(gradient).Item1);
            Same.Bits(plain.Parameters, inside.Parameters);
            Same.Bits(plain.EvaluationParameters, inside.EvaluationParameters);
            Assert.Equal(plain.Scalars.Values, inside.Scalars.Values);
        }
    }

    [Fact]
    public void Of_several_rates_the_one_weighs_that_leads_when_they_are_changed()
    {
        foreach (var rule in new Rule[]
        {
            new Sgd { LearningRate = 0 }.Then(new Adam { LearningRate = 0.25 }), new Muon { LearningRate = 0.25 }, new ClipByGlobalNorm(1).Then(new Lookahead(new Sgd { LearningRate = 0.25 })), new Partition(new ParameterGroup(TensorSelector.All, new Sgd { LearningRate = 0.25 })),
        })
        {
            var twice = rule.Adjust("LearningRate", 0.5);
            Assert.Equal((0.25, 0.5), (RuleTree.LeadingRateOf(rule).At(3, _ => 0), RuleTree.LeadingRateOf(twice).At(3, _ => 0)));
        }
    }

    [Fact]
    public void A_tensor_that_joins_in_the_middle_of_an_average_is_refused_and_so_is_one_left_out()
    {
        var added = TensorSet.OfTensors(Given.Vector("joined", 1.0));
        foreach (var rule in new Rule[] { new ScheduleFree(), new StochasticWeightAveraging() })
        {
            var state = Optimizer.Init(rule, TensorSet.OfArray([1.0]));
            Assert.Equal(2, state.AddTensors(added).Parameters.Length);
            state = state.Step(state.Parameters).Item1;
            Refused.With<InvalidOperationException>($"Tensor 'joined' cannot join {rule.GetType().Name} in the middle of a run: ", () => state.AddTensors(added));
        }

        var frozen = Optimizer.Init(new Freeze(new ScheduleFree(), TensorSelector.Named("joined")), TensorSet.OfTensors(Given.Vector("w", 1.0), Given.Vector("joined", 1.0)));
        frozen = frozen.Step(frozen.Parameters).Item1;
        Refused.With<InvalidOperationException>("Tensor 'joined' cannot join ScheduleFree in the middle of a run: ", () => frozen.Thaw());

        // Before the mean begins, a tensor is in it as all others are.
        var later = Optimizer.Init(new StochasticWeightAveraging { StartStep = 3 }, TensorSet.OfArray([1.0]));
        Assert.Equal(2, later.Step(later.Parameters).Item1.AddTensors(added).Parameters.Length);
    }

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

    /// <summary>The rule inside takes two steps of its clock at each, at half its rates.</summary>
    private sealed record Twice(Rule Rule) : Wrapper(Rule)
    {
        public override long InnerClock(long clock, Func<string, double> scalar) => 2 * clock;

        public override void Prepare<T>(Plan<T> plan) => plan.Prepare(Inner.ScaleLearningRates(0.5), 2 * plan.Clock, plan.Loss);

        internal override double InnerRateFactor(Func<string, double> scalar) => 0.5;
    }
}
