using System.Numerics;
using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>An average beside the parameters: it follows its formula, and the parameters do not notice.</summary>
public class ParameterEmaTests(ITestOutputHelper output)
{
    private static readonly TensorSet<double> Start = TensorSet.OfArray([3.0, -4]);

    [Theory]
    [MemberData(nameof(RuleNames.All), MemberType = typeof(RuleNames))]
    public void The_parameters_are_those_of_the_rule_inside_to_the_bit(string inner) => Law.Check(output, Scenario.Of(inner), s =>
    {
        foreach (double decay in new[] { 0, 0.75, 0.999, 1 })
        {
            Check<float>(s, new() { Inner = s.Rule, Decay = decay, DecayWarmup = s.Start.Length % 2 == 0 });
            Check<double>(s, new() { Inner = s.Rule, Decay = decay, DecayWarmup = s.Start.Length % 2 == 0 });
        }

        static void Check<T>(Scenario s, ParameterEma rule)
            where T : unmanaged, IFloatingPointIeee754<T> => ParameterAverage.LeavesAlone(s.Run<T>(), s.Run<T>(rule));
    }, 10);

    [Fact]
    public void The_parameters_are_those_of_chains_and_of_rules_that_place_them_too() => Law.Check(output, ParameterAverage.Chains(), s =>
    {
        ParameterAverage.LeavesAlone(s.Run<float>(), s.Run<float>(new ParameterEma(s.Rule)));
        ParameterAverage.LeavesAlone(s.Run<double>(), s.Run<double>(new ParameterEma(s.Rule)));
    }, 40);

    [Fact]
    public void The_average_follows_its_formula() => Law.Check(
        output,
        Scenario.From(
            draw => new ParameterEma
            {
                Inner = new Sgd { LearningRate = 0.1, Momentum = 0.5 }, Decay = draw.Of<Schedule>(0, 1, 0.9, 0.25, Textbook.Any(draw, 0, 1)), DecayWarmup = draw.Coin(),
            },
            draw => draw.Moderate(), (10, 30)),
        s =>
        {
            var rule = (ParameterEma)s.Rule;
            double[] ema = s.Start;
            double largest = s.Start.Select(Math.Abs).DefaultIfEmpty(0).Max();
            var state = s.Begin<double>();
            int t = 0;
            foreach (var gradient in s.GradientsOf<double>())
            {
                double decay = rule.Decay.At(t++);
                decay = rule.DecayWarmup ? Math.Min(decay, (1.0 + t) / (10 + t)) : decay;
                state = state.Step(gradient).Item1;
                double[] p = state.Parameters.ToArray();
                ema = [.. ema.Zip(p, (e, x) => (decay * e) + ((1 - decay) * x))];
                largest = Math.Max(largest, p.Select(Math.Abs).DefaultIfEmpty(0).Max());
                Same.Close(ema, state.Slots["ema"].ToArray(), 1e-13, largest);
                Same.Bits(state.Slots["ema"], state.EvaluationParameters);
            }
        });

    [Fact]
    public void Parameters_that_do_not_move_are_their_own_average_exactly() => Law.Check(
        output, Scenario.From(draw => new ParameterEma { Inner = new Sgd { LearningRate = 0 }, Decay = draw.Fraction() }), s =>
        {
            // But for the sign of a zero.
            Assert.Equal(s.StartOf<float>().ToArray(), s.Run<float>().EvaluationParameters.ToArray());
            Assert.Equal(s.Start, s.Run<double>().EvaluationParameters.ToArray());
        });

    [Fact]
    public void The_slot_comes_after_those_of_the_rule_inside_and_is_evaluated_whatever_that_would_evaluate()
    {
        var rule = new ParameterEma(new Lookahead { Inner = new Sgd { LearningRate = 1, Momentum = 0.5 } }).WithDecay(0.5);
        var state = Optimizer.Init(rule, Start).Step(Start).Item1;
        Assert.Equal(["momentum_buffer", "slow", "ema"], state.Slots.Keys);
        Assert.Equal(Start.Scale(0.5), state.EvaluationParameters);
        Assert.Equal(Start, state.Slots["slow"]);
    }
}

/// <summary>What holds of every average beside the parameters.</summary>
internal static class ParameterAverage
{
    /// <summary>Chains whose last rule places parameters now and then.</summary>
    public static FsCheck.Arbitrary<Scenario> Chains() => Scenario.From(draw => draw.Integer(0, 2) switch
    {
        0 => AnyRule.Chain(draw),
        1 => new Lookahead { Inner = AnyRule.Inner(draw), SyncPeriod = draw.Integer(1, 3) },
        _ => AnyRule.ToFollow(draw).Then(new ScheduleFreeSgd { LearningRate = draw.Fraction() }),
    });

    /// <summary>Parameters, slots and scalars of the rule inside have the same bits with and without the average.</summary>
    public static void LeavesAlone<T>(OptimizerState<T> plain, OptimizerState<T> averaged)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Same.Bits(plain.Parameters, averaged.Parameters, "parameters");
        Assert.Equal(plain.Slots.Keys, averaged.Slots.Keys.SkipLast(1));
        Assert.All(plain.Slots, slot => Same.Bits(slot.Value, averaged.Slots[slot.Key], slot.Key));
        Assert.Equal(plain.Scalars, averaged.Scalars);
    }
}
