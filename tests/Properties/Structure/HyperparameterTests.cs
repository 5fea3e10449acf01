using System.Globalization;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Structure;

/// <summary>Laws 13 and 14, and what every hyperparameter of every rule refuses.</summary>
public class HyperparameterTests(ITestOutputHelper output)
{
    public static IEnumerable<object[]> Numbers =>
        from entry in RuleRegistry.All
        from hyperparameter in RuleProperty.Of(entry.Create())
        where hyperparameter.IsSchedule || hyperparameter.IsNumber
        select new object[] { entry.Name, hyperparameter.Name };

    [Fact]
    public void A_count_that_is_too_small_is_refused_by_name_value_and_constraint()
    {
        foreach (var (rule, plain, hyperparameter) in
            from entry in RuleRegistry.All
            from h in RuleProperty.Of(entry.Create())
            where h.IsCount
            select (entry.Name, entry.Create(), h))
        {
            string name = hyperparameter.Name;
            int least = Ranges.Of(rule, name) == Domain.Count ? 1 : 0;
            hyperparameter.WithNumber(plain, least);
            hyperparameter.WithNumber(plain, least + 1);
            foreach (int value in new[] { least - 1, -7, int.MinValue })
            {
                var error = Assert.Throws<ArgumentOutOfRangeException>(() => hyperparameter.WithNumber(plain, value));
                Assert.Contains(name + " must be ", error.Message, StringComparison.Ordinal);
                Assert.Contains("was " + value.ToString(CultureInfo.InvariantCulture), error.Message, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void What_is_out_of_range_is_refused_by_name_value_and_constraint(string rule, string name)
    {
        var plain = RuleRegistry.Find(rule)!.Create();
        var hyperparameter = RuleProperty.Of(plain).Single(h => h.Name == name);
        double[] edges =
        [
            double.NaN, double.PositiveInfinity, double.NegativeInfinity, -1, -double.Epsilon, 0, double.Epsilon,
            0.5, Math.BitDecrement(1), 1, 1.5, 2, 64, 65, 1e300,
        ];
        foreach (double value in edges)
        {
            if (Ranges.Holds(Ranges.Of(rule, name), value))
            {
                Assert.NotNull(hyperparameter.WithNumber(plain, value));
                continue;
            }

            var error = Assert.Throws<ArgumentOutOfRangeException>(() => hyperparameter.WithNumber(plain, value));
            Assert.Contains(name + " must be ", error.Message, StringComparison.Ordinal);
            Assert.Contains("was " + value.ToString(CultureInfo.InvariantCulture), error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void A_schedule_that_leaves_the_range_is_refused_at_its_step_and_the_state_lives(string rule, string name)
    {
        var plain = RuleRegistry.Find(rule)!.Create();
        var hyperparameter = RuleProperty.Of(plain).Single(h => h.Name == name);
        if (!hyperparameter.IsSchedule || !RuleRegistry.Find(rule)!.GradientIsEnough)
        {
            return;
        }

        double[] good = hyperparameter.Accepts(plain, 0.5) ? [0.25, 0.5] : [1.25, 1.5], bad = [double.NaN, double.PositiveInfinity, .. Ranges.Of(rule, name) == Domain.Finite ? Array.Empty<double>() : [-1]];
        foreach (double value in bad)
        {
            var scheduled = hyperparameter.With(plain, Schedule.Table([.. good, value]));
            var state = Optimizer.Init(scheduled, TensorSet.OfArray([1.0, -2]));
            var gradient = TensorSet.OfArray([0.5, 3]);
            state = Optimizer.Fold(state, [gradient, gradient]);
            var donated = state.Donate();
            double[] before = state.Parameters.ToArray();
            var error = Assert.Throws<ArgumentOutOfRangeException>(() => donated.Step(gradient));
            Assert.Contains(name + " must be ", error.Message, StringComparison.Ordinal);
            Assert.Contains(FormattableString.Invariant($"was {value} at step 2"), error.Message, StringComparison.Ordinal);
            Assert.Equal(before, state.Parameters.ToArray());
            Assert.Equal(before, donated.Parameters.ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(RuleNames.All), MemberType = typeof(RuleNames))]
    public void Changing_a_hyperparameter_in_a_state_is_constructing_with_it(string rule) =>
        Law.Check(output, Scenario.Of(rule), new ChangeLaw().Check<double>, 15);

    [Theory]
    [MemberData(nameof(RuleNames.All), MemberType = typeof(RuleNames))]
    public void A_schedule_that_never_changes_is_its_number(string rule) => Law.Check(output, Scenario.Of(rule), new ConstantLaw().Holds, 15);

    [Fact]
    public void A_rule_that_keeps_other_slots_cannot_continue_a_state()
    {
        var state = Optimizer.Init(new Adam(), TensorSet.OfArray([1.0]));
        var error = Assert.Throws<ArgumentException>(() => state.WithRule(new Sgd { Momentum = 0.5 }));
        Assert.Contains("exp_avg, exp_avg_sq", error.Message, StringComparison.Ordinal);
        Assert.Contains("momentum_buffer", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Hyperparameters_that_contradict_each_other_are_refused_on_entry()
    {
        var start = TensorSet.OfArray([1.0]);
        Rule[] wrong =
        [
            new Sgd { Nesterov = true }, new Sgd { Nesterov = true, Momentum = 0.9, Dampening = 0.1 }, new Sgd { LookAhead = true },
            new Sgd { LookAhead = true, Nesterov = true, Momentum = 0.9 }, new Identity().Then(new Scale().Then(new Sgd { Nesterov = true })),
        ];
        foreach (var rule in wrong)
        {
            Refused.With<ArgumentException>(" needs ", () => Optimizer.Init(rule, start));
            Assert.Throws<ArgumentException>(() => Optimizer.Restore(rule, 0, start, new Dictionary<string, TensorSet<double>>(), new Dictionary<string, double>()));
        }
    }
}
