using System.Numerics;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Structure;

/// <summary>Laws 1, 2 and 3.</summary>
public class ChainTests(ITestOutputHelper output)
{
    [Theory]
    [MemberData(nameof(RuleNames.All), MemberType = typeof(RuleNames))]
    public void Identity_before_or_after_changes_nothing(string rule) =>
        Law.Check(output, Scenario.Of(rule), new IdentityLaw().Holds, 25);

    [Fact]
    public void A_rule_within_a_chain_runs_the_same_whichever_way_it_was_put_there() =>
        Law.Check(output, Scenario.OfTrees(), new AssociativityLaw().Holds, 30);

    [Fact]
    public void The_empty_chain_is_the_identity()
    {
        Assert.Equal(new Chain(), new Chain(new Identity(), new Chain(new Identity())));
        var start = TensorSet.OfArray([1.0, -0.0, double.NaN]);
        var gradient = TensorSet.OfArray([0.25, 3, 1]);
        Same.Bits(Optimizer.Init(new Identity(), start).Step(gradient).Item1, Optimizer.Init(new Chain(), start).Step(gradient).Item1);
        Assert.Equal([0.75, -3, double.NaN], Optimizer.Init(new Chain(), start).Step(gradient).Item2.ToArray());
    }

    [Fact]
    public void Chaining_is_associative_and_nested_is_flat() =>
        Law.Check(output, Cases.Of(draw => Enumerable.Range(0, 3).Select(_ => AnyRule.Chain(draw)).ToList()), rules =>
        {
            var flat = new Chain([.. rules]);
            Assert.Equal(flat, rules[0].Then(rules[1]).Then(rules[2]));
            Assert.Equal(flat, rules[0].Then(rules[1].Then(rules[2])));
            Assert.Equal(flat, new Chain(new Chain(rules[0]), new Chain(new Chain(rules[1], rules[2]))));
            Assert.Equal(flat.GetHashCode(), rules[0].Then(rules[1].Then(rules[2])).GetHashCode());
            Assert.DoesNotContain(flat.Rules, rule => rule is Chain or Identity);
        });

    [Fact]
    public void A_chain_hands_each_update_to_the_next_rule() =>
        Law.Check(output, Scenario.OfChains(), s =>
        {
            // The chain by hand: each rule alone on zeroed parameters gives minus its update, exactly. Rules that read the parameter are left out.
            var rules = ((Chain)s.Rule).Rules.Where(r => !RuleProperty.Of(r).Any(h => h.Name == "WeightDecay")).ToArray();
            var zero = s.Set<double>(new double[s.Start.Length]);
            var chain = Optimizer.Init(new Chain(rules), zero);
            var parts = rules.Select(rule => Optimizer.Init(rule, zero)).ToArray();
            foreach (var gradient in s.GradientsOf<double>())
            {
                var update = gradient;
                for (int i = 0; i < parts.Length; i++)
                {
                    parts[i] = parts[i].Step(update).Item1;
                    update = Update(parts[i]);
                    parts[i] = Optimizer.Restore(parts[i].Rule, parts[i].StepCount, zero, parts[i].Slots, parts[i].Scalars);
                }

                chain = chain.Step(gradient).Item1;
                SameNumbers(update, Update(chain));
                chain = Optimizer.Restore(chain.Rule, chain.StepCount, zero, chain.Slots, chain.Scalars);
            }

            static TensorSet<double> Update(OptimizerState<double> state) => state.Parameters.Map(x => -x);

            // 0 - u turns -0 into 0, so the sign of a zero is not seen here.
            static void SameNumbers(TensorSet<double> expected, TensorSet<double> actual) =>
                Assert.Equal(expected.ToArray(), actual.ToArray());
        }, 60);

    [Fact]
    public void A_chain_hands_each_rule_its_own_slots_to_evaluate_with()
    {
        // Behind a rule with a slot of its own; the look-ahead's point is p + mu v with the second slot.
        var lookAhead = new Sgd { LearningRate = 0.5, Momentum = 0.75, Nesterov = true, LearningRateInVelocity = true, LookAhead = true };
        var gradients = new[] { 1.0, -3, 2 }.Select(g => TensorSet.OfArray([g, 2 * g])).ToList();
        var state = Optimizer.Fold(Optimizer.Init(new ScaleByMomentum { Momentum = 0.5 }.Then(lookAhead), TensorSet.OfArray([1.0, 2])), gradients);
        Assert.Equal(state.Parameters + state.Slots["momentum_buffer.2"].Scale(0.75), state.EvaluationParameters);
        Assert.NotEqual(state.Parameters, state.EvaluationParameters);
    }

    [Fact]
    public void Scale_then_scale_is_the_product()
    {
        Law.Check(output, Scenario.From(draw => new Scale(draw.Plain()).Then(new Scale(draw.Plain()))), s =>
        {
            var factors = ((Chain)s.Rule).Rules.Cast<Scale>().Select(scale => scale.Factor.At(0)).ToList();
            if (factors.Count < 2)
            {
                return;
            }

            var zero = s.Set<double>(new double[s.Start.Length]);
            double[] twice = Optimizer.Init(s.Rule, zero).Step(s.Set<double>(s.Gradients[0])).Item2.ToArray();
            double[] once = Optimizer.Init(new Scale(factors[0] * factors[1]), zero).Step(s.Set<double>(s.Gradients[0])).Item2.ToArray();
            Same.Close(once, twice, 4 * Math.ScaleB(1, -53), 1e-300);
        });
    }
}
