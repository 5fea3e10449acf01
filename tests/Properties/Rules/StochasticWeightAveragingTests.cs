using System.Numerics;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>The mean of late parameters: which are in it, and that the parameters do not notice.</summary>
public class StochasticWeightAveragingTests(ITestOutputHelper output)
{
    private static readonly TensorSet<double> Start = TensorSet.OfArray([3.0, -4]);

    [Theory]
    [MemberData(nameof(RuleNames.All), MemberType = typeof(RuleNames))]
    public void The_parameters_are_those_of_the_rule_inside_to_the_bit(string inner) => Law.Check(output, Scenario.Of(inner), s =>
    {
        Check<float>(s, new(s.Rule));
        Check<double>(s, new() { Inner = s.Rule, StartStep = 2, AveragingPeriod = 3 });

        static void Check<T>(Scenario s, StochasticWeightAveraging rule)
            where T : unmanaged, IFloatingPointIeee754<T> => ParameterAverage.LeavesAlone(s.Run<T>(), s.Run<T>(rule));
    }, 10);

    [Fact]
    public void The_parameters_are_those_of_chains_and_of_rules_that_place_them_too() => Law.Check(output, ParameterAverage.Chains(), s =>
    {
        var rule = new StochasticWeightAveraging { Inner = s.Rule, StartStep = 2, AveragingPeriod = 2 };
        ParameterAverage.LeavesAlone(s.Run<float>(), s.Run<float>(rule));
        ParameterAverage.LeavesAlone(s.Run<double>(), s.Run<double>(rule));
    }, 40);

    [Fact]
    public void It_is_the_mean_of_every_so_manieth_parameters_from_the_first_on() => Law.Check(
        output,
        Scenario.From(
            draw => new StochasticWeightAveraging { Inner = new Sgd { LearningRate = 0.1, Momentum = 0.5 }, StartStep = draw.Integer(1, 12), AveragingPeriod = draw.Integer(1, 4) },
            draw => draw.Moderate(), (5, 30)),
        s =>
        {
            var rule = (StochasticWeightAveraging)s.Rule;
            var passed = new List<double[]>();
            double largest = 0;
            foreach (var state in Optimizer.Scan(s.Begin<double>(), s.GradientsOf<double>()))
            {
                double[] p = state.Parameters.ToArray();
                largest = Math.Max(largest, p.Select(Math.Abs).DefaultIfEmpty(0).Max());
                if (state.StepCount >= rule.StartStep && (state.StepCount - rule.StartStep) % rule.AveragingPeriod == 0)
                {
                    passed.Add(p);
                }

                double[] expected = passed.Count == 0 ? p : [.. p.Select((_, i) => passed.Average(x => x[i]))];
                Same.Close(expected, state.EvaluationParameters.ToArray(), 1e-13, largest);
            }
        });

    [Fact]
    public void The_first_parameters_in_the_mean_replace_what_stood_there()
    {
        // NaN before the mean begins must not stay in it.
        var rule = new StochasticWeightAveraging { Inner = new Sgd { LearningRate = 1 }, StartStep = 3 };
        TensorSet<double>[] gradients = [Start.Scale(2), Start, Start, Start];
        var states = Optimizer.Scan(Optimizer.Init(rule, Start), gradients).ToList();
        Assert.Equal(Start, states[2].Slots["swa"]);
        Assert.Equal(states[3].Parameters, states[3].EvaluationParameters);
        Assert.Equal((states[3].Parameters + states[4].Parameters).Scale(0.5), states[4].EvaluationParameters);
    }

    [Fact]
    public void Before_the_mean_begins_it_evaluates_what_the_rule_inside_does()
    {
        var rule = new StochasticWeightAveraging { Inner = new Lookahead { Inner = new Sgd { LearningRate = 1 }, SyncPeriod = 5 }, StartStep = 2 };
        var states = Optimizer.Scan(Optimizer.Init(rule, Start), [Start, Start]).ToList();
        Assert.Equal(Start, states[1].EvaluationParameters);
        Assert.NotEqual(Start, states[1].Parameters);
        Assert.Equal(states[2].Parameters, states[2].EvaluationParameters);
    }
}
