using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Wrappers;

/// <summary>Changing course: what is in force, by path, and what a change refuses.</summary>
public class AdjustTests(ITestOutputHelper output)
{
    private static readonly TensorSet<double> Start = TensorSet.OfTensors(Given.Vector("w", 1.0, 2), Given.Vector("b", 3.0));

    [Fact]
    public void Paths_lead_through_chains_wrappers_and_groups()
    {
        var groups = new Partition(
            new ParameterGroup(TensorSelector.Named("b"), new Sgd { LearningRate = 0.5 }),
            new ParameterGroup(TensorSelector.All, new Lookahead(new Lion { LearningRate = Schedule.Table([0.25, 0.125]) })));
        var state = Optimizer.Init(new Accumulate(new Chain(new ClipByGlobalNorm(2), groups), 1), Start);
        Assert.Equal(1, state.Hyperparameters["Steps"]);
        Assert.Equal(2, state.Hyperparameters["inner.rules[0].MaxNorm"]);
        Assert.Equal(0.5, state.Hyperparameters["inner.rules[1].group[0].LearningRate"]);
        Assert.Equal(0.25, state.Hyperparameters["inner.rules[1].group[1].inner.LearningRate"]);
        Assert.Equal(0.125, state.Step(Start).Item1.Hyperparameters["inner.rules[1].group[1].inner.LearningRate"]);
        Assert.Equal(5, state.Hyperparameters["inner.rules[1].group[1].SyncPeriod"]);
    }

    [Fact]
    public void What_will_be_in_force_at_a_step_is_what_a_state_there_has()
    {
        var rule = new ClipByGlobalNorm(2).Then(new Lookahead(new Lion { LearningRate = Schedule.Cosine(0.25, 10) }));
        var state = Optimizer.Init(rule, Start);
        for (int step = 0; step < 12; step++)
        {
            Assert.Equal(state.Hyperparameters, rule.HyperparametersAt(step));
            state = state.Step(Start).Item1;
        }

        Assert.Equal(0.5, new Sgd { LearningRate = Schedule.ReduceOnPlateau(0.5) }.HyperparametersAt(1000)["LearningRate"]);
        Refused.With<ArgumentOutOfRangeException>("step", () => rule.HyperparametersAt(-1));
    }

    [Fact]
    public void A_path_is_one_hyperparameter_and_the_end_of_paths_all_that_end_so()
    {
        var rule = new Muon { Fallback = new AdamW() };
        Assert.Equal(rule.WithLearningRate(0.5), rule.Adjust(".LearningRate", 0.5));
        Assert.Equal(rule.WithMomentum(0.5), rule.Adjust("Momentum", 0.5));
        Assert.Equal(rule with { Fallback = new AdamW { LearningRate = 0.5 } }, rule.Adjust("fallback.LearningRate", 0.5));
        Assert.Equal(
            new Chain(new Sgd { LearningRate = 0.5 }, new Lookahead(new Adam { LearningRate = 0.05 })),
            new Chain(new Sgd(), new Lookahead(new Adam())).Adjust("LearningRate", 0.5));
        Assert.Equal(rule with { LearningRate = rule.LearningRate.Scale(0.5), Fallback = new AdamW { LearningRate = new AdamW().LearningRate.Scale(0.5) } }, rule.ScaleLearningRates(0.5));
    }

    [Fact]
    public void Law_55_a_learning_rate_by_name_is_every_one_in_the_rule_and_the_ratios_stay()
    {
        Law.Check(output, Scenario.OfTrees(3), s =>
        {
            var rule = Numbers(s.Rule);
            var rates = Rates(rule);
            if (rates.Count == 0 || rates.All(rate => rate.Value == 0) || (rates[0] is { Key: "LearningRate", Value: 0 } && rates.Any(rate => rate.Value > 0)))
            {
                return;
            }

            double leading = rates.First(rate => rate.Key == "LearningRate" || rate.Value > 0).Value;
            foreach (Schedule value in new[] { (Schedule)0.25, Schedule.Table([0.25, 0.5]) })
            {
                var changed = Rates(rule.Adjust("LearningRate", value));
                Assert.Equal(rates.Select(rate => rate.Key), changed.Select(rate => rate.Key));
                Assert.All(rates.Zip(changed), pair => Assert.Equal(0.25 * pair.First.Value / leading, pair.Second.Value, 1e-14 * pair.First.Value / leading));
            }

            var scaled = Rates(rule.ScaleLearningRates(0.5));
            Assert.All(rates.Zip(scaled), pair => Assert.Equal(pair.First.Value / 2, pair.Second.Value));
        }, 200);

        static List<KeyValuePair<string, double>> Rates(Rule rule) =>
            [.. rule.HyperparametersAt(0).Where(pair => pair.Key == "LearningRate" || pair.Key.EndsWith(".LearningRate", StringComparison.Ordinal))];

        static Rule Numbers(Rule rule) => rule.HyperparametersAt(0).Where(pair => pair.Key.EndsWith("LearningRate", StringComparison.Ordinal))
            .Aggregate(rule, (changed, pair) => changed.Adjust("." + pair.Key, pair.Value));
    }

    [Theory]
    [InlineData("LearningRate", 0.01)]
    [InlineData("WeightDecay", 0.3)]
    public void Law_55_a_fallback_keeps_its_ratio_alone_in_a_chain_and_in_the_registry(string name, double value)
    {
        var muon = new Muon { Fallback = new AdamW { LearningRate = 3e-4, WeightDecay = 0.05 } };
        double ratio = name == "LearningRate" ? 0.3 : 0.5;
        foreach (var rule in new[] { muon, new ClipByGlobalNorm(1).Then(muon), new Lookahead(muon), muon.NoDecayOn("x") })
        {
            var at = rule.Adjust(name, value).HyperparametersAt(0);
            var all = at.Where(pair => pair.Key.EndsWith(name, StringComparison.Ordinal)).Select(pair => pair.Value).ToList();
            Assert.Equal(value, all[0]);
            Assert.Equal(value * ratio, all[1], 1e-15);
        }

        if (name == "LearningRate")
        {
            var registered = RuleRegistry.Find("muon")!.Create(Schedule.Table([0.01, 0.1])).HyperparametersAt(1);
            Assert.Equal(0.1, registered["LearningRate"]);
            Assert.Equal(0.03, registered["fallback.LearningRate"], 1e-15);
        }
    }

    [Fact]
    public void A_ratio_that_is_not_a_number_is_refused_and_one_that_can_be_read_off_is_kept()
    {
        var rate = Schedule.Cosine(0.1, 10);
        var rule = new Chain(new Sgd { LearningRate = rate.Scale(2) }, new Sgd { LearningRate = rate.Scale(0.5) });
        Assert.Equal(new Chain(new Sgd { LearningRate = 0.1 }, new Sgd { LearningRate = 0.025 }), rule.Adjust("LearningRate", 0.1));
        var other = new Chain(new Sgd { LearningRate = rate }, new Sgd { LearningRate = 0.1 });
        Refused.With<ArgumentException>("The ratio of rules[1].LearningRate, 0.1, to rules[0].LearningRate, Cosine(", () => other.Adjust("LearningRate", 0.1));
        Assert.Equal(new Chain(new Sgd { LearningRate = rate }, new Sgd { LearningRate = 0.5 }), other.Adjust("rules[1].LearningRate", 0.5));
        Refused.With<ArgumentException>("The ratio of fallback.LearningRate, 0.001, to LearningRate, 0, must be a number", () => new Muon { LearningRate = 0, Fallback = new AdamW() }.Adjust("LearningRate", 0.1));
    }

    [Fact]
    public void Law_55_what_a_verb_changed_can_be_read()
    {
        var rule = new ClipByGlobalNorm(1).Then(new Muon { Fallback = new AdamW { LearningRate = 3e-4, WeightDecay = 0.05 } });
        Assert.Equal(
            ["rules[1].LearningRate: 0.001 -> 0.01", "rules[1].fallback.LearningRate: 0.0003 -> 0.003"], rule.Adjust("LearningRate", 0.01).ChangesFrom(rule).Select(change => change.ToString()));
        Assert.Equal(
            ["rules[1].inner.WeightDecay: 0.1 -> 0.1, none on *.bias", "rules[1].inner.fallback.WeightDecay: 0.05 -> 0.05, none on *.bias"],
            rule.NoDecayOn("*.bias").ChangesFrom(rule).Select(change => change.ToString()));
        Assert.Equal(["rules[1].LearningRate", "rules[1].fallback.LearningRate"], rule.ScaleLearningRates(0.5).ChangesFrom(rule).Select(change => change.Path));
        Assert.Empty(rule.ChangesFrom(rule));
        Assert.Equal("", Assert.Single(new Sgd().ChangesFrom(new Lion())).Path);
        Assert.Equal(["Nesterov: False -> True"], new Sgd { Momentum = 0.5, Nesterov = true }.ChangesFrom(new Sgd { Momentum = 0.5 }).Select(change => change.ToString()));
    }

    [Theory]
    [MemberData(nameof(RuleNames.Every), MemberType = typeof(RuleNames))]
    public void A_rule_names_every_rule_that_it_holds(string name)
    {
        var rule = RuleRegistry.Find(name)!.Create();
        foreach (var property in rule.GetType().GetProperties().Where(property => typeof(Rule).IsAssignableFrom(property.PropertyType)))
        {
            Assert.Contains(property.GetValue(rule), rule.DeclareInner().Select(inner => inner.Rule));
        }
    }

    [Fact]
    public void What_does_not_apply_is_refused_and_says_what_would()
    {
        var state = Optimizer.Init(new Chain(new ClipByGlobalNorm(1), new Lookahead(new Sgd())), Start);
        Refused.With<ArgumentException>("path must end as one of rules[0].MaxNorm, ", () => state.Adjust("Beta1", 0.5));
        Refused.With<ArgumentException>("was 'MaxNor'", () => state.Adjust("MaxNor", 0.5));
        Refused.With<ArgumentOutOfRangeException>("LearningRate must be 0 or more, and finite, was -1", () => state.Adjust("LearningRate", -1));
        Refused.With<ArgumentException>("rules[1].SyncPeriod must be a whole number, was 1.5", () => state.Adjust("SyncPeriod", 1.5));
        Refused.With<ArgumentException>("rules[1].SyncPeriod must be a number, not a schedule, was Table", () => state.Adjust("SyncPeriod", Schedule.Table([1, 2])));
        Refused.With<ArgumentException>("The rule must keep the same slots", () => state.Adjust("Momentum", 0.9));
        var frozen = Optimizer.Init(new Freeze(new Adam(), TensorSelector.Named("b")), Start);
        Refused.With<ArgumentException>(
            "The rule must keep the slots as they are laid out, and slot 'exp_avg' is not: tensor 'b' has shape [0] in the state and [1] in the rule.", () => frozen.WithRule(new Adam()));
        Assert.Equal(0.5, state.Adjust("rules[1].inner.LearningRate", 0.5).Hyperparameters["rules[1].inner.LearningRate"]);
        Assert.Equal(7, state.Adjust("SyncPeriod", 7).Hyperparameters["rules[1].SyncPeriod"]);
    }

    [Fact]
    public void A_schedule_that_watches_the_loss_keeps_its_numbers_through_a_change_elsewhere()
    {
        var rule = new AdamW { LearningRate = Schedule.ReduceOnPlateau(0.5, factor: 0.5, patience: 0), WeightDecay = 0.1 };
        var state = Optimizer.Step(Optimizer.Step(Optimizer.Init(rule, Start), Start, loss: 1).Item1, Start, loss: 2).Item1;
        Assert.Equal(0.25, state.Hyperparameters["LearningRate"]);
        Assert.Equal(0.25, state.Adjust("WeightDecay", 0).Hyperparameters["LearningRate"]);
        Refused.With<ArgumentException>("needs the loss at each step", () => state.Step(Start));
    }
}
