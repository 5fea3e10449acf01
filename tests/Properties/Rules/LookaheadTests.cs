using System.Numerics;
using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>Law 44, and rules within rules.</summary>
public class LookaheadTests(ITestOutputHelper output)
{
    private static readonly TensorSet<double> Start = TensorSet.OfArray([3.0, -4]);

    [Fact]
    public void Lookahead_follows_its_textbook() => Textbook.Agrees(
        output,
        draw => new Lookahead
        {
            Inner = draw.Of<Rule>(
                new Sgd { LearningRate = Textbook.Any(draw, 0, 0.2), Momentum = 0.9 * draw.Fraction() },
                new AdamW { LearningRate = Textbook.Any(draw, 0, 0.2), WeightDecay = 0.1 }),
            SyncPeriod = draw.Integer(1, 7), SlowStepSize = draw.Of<Schedule>(0, 1, 0.5, Textbook.Any(draw, 0, 1)), LazySlowInit = draw.Coin(),
        },
        rule => Book((Lookahead)rule));

    [Fact]
    public void Lookahead_within_Lookahead_follows_their_textbooks() => Textbook.Agrees(
        output,
        draw => new Lookahead
        {
            Inner = new Lookahead { Inner = new Sgd { LearningRate = 0.1, Momentum = 0.5 }, SyncPeriod = draw.Integer(1, 3), SlowStepSize = draw.Fraction() },
            SyncPeriod = draw.Integer(1, 5), SlowStepSize = draw.Fraction(),
        },
        rule => Book((Lookahead)rule));

    [Fact]
    public void Chains_within_Lookahead_within_chains_are_what_they_say() => Law.Check(output, Scenario.From(
        draw => new Lookahead { Inner = new Adam { LearningRate = 0.1, WeightDecay = 0.1 }, SyncPeriod = draw.Integer(1, 4), SlowStepSize = draw.Fraction() },
        draw => draw.Plain()), s =>
    {
        var rule = (Lookahead)s.Rule;
        var pieces = new Chain(new AddDecayedWeights(0.1), new ScaleByAdam(), new ScaleByLearningRate(0.1));
        Same.Bits(s.Run<float>(), s.Run<float>(rule.WithInner(pieces)));
        Same.Bits(s.Run<double>(), s.Run<double>(rule.WithInner(pieces)));
        Same.Bits(s.Run<double>(), s.Run<double>(new Scale(2).Then(new Scale(0.5)).Then(rule.WithInner(pieces))));
    });

    [Theory]
    [MemberData(nameof(RuleNames.All), MemberType = typeof(RuleNames))]
    public void Law_44_every_step_all_the_way_is_the_inner_rule(string inner) => Law.Check(output, Scenario.Of(inner), s =>
    {
        Check<float>(s);
        Check<double>(s);

        static void Check<T>(Scenario s)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            OptimizerState<T> plain = s.Run<T>(), wrapped = s.Run<T>(new Lookahead { Inner = s.Rule, SyncPeriod = 1, SlowStepSize = 1 });
            Same.Bits(plain.Parameters, wrapped.Parameters);
            Same.Bits(plain.Parameters, wrapped.Slots.Last().Value, "slow");
            Assert.Equal(plain.Slots.Keys, wrapped.Slots.Keys.SkipLast(1));
            Assert.All(plain.Slots, slot => Same.Bits(slot.Value, wrapped.Slots[slot.Key], slot.Key));
            Assert.Equal(plain.Scalars, wrapped.Scalars);
        }
    }, 10);

    [Theory]
    [MemberData(nameof(RuleNames.All), MemberType = typeof(RuleNames))]
    public void Before_the_first_synchronization_it_is_the_inner_rule_and_the_clock_ticks_once_a_step(string inner) => Law.Check(output, Scenario.Of(inner), s =>
    {
        OptimizerState<float> plain = s.Run<float>(), wrapped = s.Run<float>(new Lookahead { Inner = s.Rule, SyncPeriod = 1000 });
        Same.Bits(plain.Parameters, wrapped.Parameters);
        Same.Bits(s.StartOf<float>(), wrapped.EvaluationParameters, "slow");
        Assert.Equal(s.Gradients.Length, wrapped.StepCount);
    }, 10);

    [Fact]
    public void Law_44_a_slow_step_of_0_pins_the_slow_weights() => Law.Check(
        output, Scenario.From(draw => new Lookahead { Inner = AnyRule.Inner(draw), SyncPeriod = draw.Integer(1, 4), SlowStepSize = 0 }), s =>
        {
            var states = Optimizer.Scan(s.Begin<float>(), s.GradientsOf<float>());
            foreach (var state in states)
            {
                Same.Bits(s.StartOf<float>(), state.Slots.Last().Value, "slow");
                if (state.StepCount % ((Lookahead)s.Rule).SyncPeriod == 0)
                {
                    Same.Bits(s.StartOf<float>(), state.Parameters);
                }
            }
        });

    [Fact]
    public void Law_44_a_synchronization_lands_on_the_segment_between_slow_and_fast() => Law.Check(
        output,
        Scenario.From(draw => new Lookahead { Inner = new Sgd { LearningRate = 0.1, Momentum = 0.5 }, SyncPeriod = draw.Integer(1, 4), SlowStepSize = draw.Fraction() }, draw => draw.Moderate()),
        s =>
        {
            var rule = (Lookahead)s.Rule;
            var state = s.Begin<double>();
            foreach (var gradient in s.GradientsOf<double>())
            {
                double[] slow = state.Slots["slow"].ToArray();
                double[] fast = state.WithRule(rule.WithSyncPeriod(int.MaxValue)).Step(gradient).Item2.ToArray();
                state = state.Step(gradient).Item1;
                bool synchronized = state.StepCount % rule.SyncPeriod == 0;
                double share = rule.SlowStepSize.At(0);
                for (int i = 0; i < slow.Length; i++)
                {
                    double expected = synchronized ? ((1 - share) * slow[i]) + (share * fast[i]) : fast[i], scale = Math.Abs(slow[i]) + Math.Abs(fast[i]);
                    Same.Close(expected, state.Parameters.Span[i], 1e-15, 2 * scale);
                    Assert.InRange(state.Parameters.Span[i], Math.Min(slow[i], fast[i]) - (1e-15 * scale), Math.Max(slow[i], fast[i]) + (1e-15 * scale));
                }
            }
        });

    [Fact]
    public void The_slow_weights_begin_as_the_parameters_so_that_the_first_synchronization_counts()
    {
        var halfway = new Lookahead { Inner = new Sgd { LearningRate = 1 }, SyncPeriod = 2 };
        TensorSet<double>[] gradients = [TensorSet.OfArray([1.0, 2]), TensorSet.OfArray([1.0, 2])];
        Assert.Equal([2.0, -6], Optimizer.Fold(Optimizer.Init(halfway, Start), gradients).Parameters.ToArray());
        Assert.Equal([1.0, -8], Optimizer.Fold(Optimizer.Init(halfway.WithLazySlowInit(true), Start), gradients).Parameters.ToArray());
    }

    [Fact]
    public void A_checkpoint_without_the_slow_weights_is_refused()
    {
        var state = Optimizer.Init(new Lookahead { Inner = new Sgd { Momentum = 0.5 } }, Start).Step(Start).Item1;
        Assert.Equal(["momentum_buffer", "slow"], state.Slots.Keys);
        var slots = state.Slots.Where(slot => slot.Key != "slow").ToDictionary();
        Refused.With<ArgumentException>("missing: slow", () => Optimizer.Restore(state.Rule, state.StepCount, state.Parameters, slots, state.Scalars));
    }

    [Fact]
    public void The_slow_weights_are_what_is_evaluated()
    {
        var rule = new Lookahead { Inner = new Sgd { LearningRate = 1 }, SyncPeriod = 2 };
        foreach (var state in Optimizer.Scan(Optimizer.Init(rule, Start), Enumerable.Repeat(Start, 7)))
        {
            Assert.Equal(state.Slots["slow"], state.EvaluationParameters);
            Assert.Equal(state.StepCount % 2 == 0, state.Parameters.Equals(state.EvaluationParameters));
        }

        var lazy = Optimizer.Init(rule.WithLazySlowInit(true), Start).Step(Start).Item1;
        Assert.Equal(lazy.Parameters, lazy.EvaluationParameters);
    }

    [Fact]
    public void What_is_wrong_with_the_inner_rule_is_wrong_with_the_whole()
    {
        Refused.With<ArgumentNullException>("Inner", () => new Lookahead { Inner = null! });
        Refused.With<ArgumentException>("Nesterov needs", () => Optimizer.Init(new Lookahead { Inner = new Sgd { Nesterov = true } }, Start));
        Assert.Equal(new Lookahead { Inner = new Chain(new Scale(2), new Sgd()) }, new Lookahead { Inner = new Chain(new Scale(2), new Sgd()) });
        Assert.NotEqual(new Lookahead { Inner = new Sgd() }, new Lookahead { Inner = new Sgd { Momentum = 0.5 } });
    }

    private static TextbookLookahead Book(Lookahead rule) => new(rule, rule.Inner switch
    {
        Sgd sgd => new TextbookSgd(sgd),
        AdamW adamw => new TextbookAdam(adamw),
        _ => Book((Lookahead)rule.Inner),
    });
}
