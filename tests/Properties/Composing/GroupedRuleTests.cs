using System.Numerics;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Composing;

/// <summary>
/// Law 54: one rule in several groups is that rule, where it takes nothing over all tensors; where it does, each group's is its own, as Partition's documentation says. One rule with another rate for some
/// tensors, or without decay on some (ExemptFromDecayTests), is one rule throughout.
/// </summary>
public class GroupedRuleTests(ITestOutputHelper output)
{
    private const int Steps = 10;

    /// <summary>The rules of the registry that hold no other.</summary>
    public static TheoryData<string> Leaves => [.. RuleNames.OfGradient.Where(entry => entry.Create().DeclareInner().Count == 0).Select(entry => entry.Name)];

    [Theory]
    [MemberData(nameof(Leaves))]
    public void Law_54_another_rate_that_is_the_same_leaves_one_rule_what_it_takes_over_all_tensors_included(string name) => Law.Check(
        output, Scenario.From(draw => new Chain(AnyRule.Of(draw, RuleRegistry.Find(name)!), new Masked(new Scale(1), AnyRule.Tensors(draw)), new Masked(new Scale(1), AnyRule.Tensors(draw)))), s =>
        {
            Check<float>(s);
            Check<double>(s);

            static void Check<T>(Scenario s)
                where T : unmanaged, IFloatingPointIeee754<T>
            {
                var rule = ((Chain)s.Rule).Rules[0];
                if (AnyRule.IsValid(s.Rule) && !AnyRule.Places(rule, 40))
                {
                    Equal(s.Run<T>(rule), s.Run<T>());
                }
            }
        }, 10, name: name);

    [Theory]
    [MemberData(nameof(Leaves))]
    public void Law_54_one_rule_in_several_groups_is_a_run_of_its_own_for_each_and_one_rule_where_it_takes_nothing_over_all_tensors(string name)
    {
        var entry = RuleRegistry.Find(name)!;
        bool differs = false, takes = false, compared = false;
        Law.Check(output, Scenario.From(
            draw =>
            {
                var rule = draw.Coin() ? entry.Create() : AnyRule.Of(draw, entry);
                return new Partition(new ParameterGroup(AnyRule.Tensors(draw), rule), new ParameterGroup(TensorSelector.All, rule));
            },
            draw => draw.Plain(), (6, 20)), s =>
        {
            Check<float>(s);
            Check<double>(s);

            void Check<T>(Scenario s)
                where T : unmanaged, IFloatingPointIeee754<T>
            {
                var rule = ((Partition)s.Rule).Groups[0].Rule;
                var first = ((Partition)s.Rule).Groups[0].Tensors;
                if (AnyRule.Places(rule, 40) || !s.Layout.Any(first.Takes) || s.Layout.All(first.Takes))
                {
                    return;
                }

                compared = true;
                var groups = s.Run<T>().Parameters;
                foreach (var own in s.Layout.GroupBy(first.Takes))
                {
                    var alone = s.Fold(Optimizer.Init(rule, Of(s.StartOf<T>(), own)), s.GradientsOf<T>().Select(gradient => Of(gradient, own))).Parameters;
                    Same.Bits(alone, Of(groups, own));
                }

                var one = s.Run<T>(rule).Parameters;
                if (!TakesOverAll(entry, rule))
                {
                    Same.Bits(one, groups);
                }

                takes |= TakesOverAll(entry, rule);
                differs |= !one.Equals(groups);
            }
        }, 40, name: name);
        output.WriteLine($"{name}: compared {compared}, takes something over all tensors: {takes}, differs in groups: {differs}");
        Assert.Equal(takes, differs);
    }

    [Fact]
    public void Law_54_what_a_rule_takes_over_all_tensors_is_each_group_s_own_and_one_in_front_of_the_groups()
    {
        var start = TensorSet.OfTensors(Given.Vector("a", 1.0, -2), Given.Vector("b", 30.0));
        foreach (Rule rule in new Rule[] { new ClipByGlobalNorm(1), new Prodigy(), new DAdaptAdam(), new Dog(), new NormalizeGradient() })
        {
            var groups = Ten(InGroups(rule));
            Assert.NotEqual(Ten(rule), groups);
            Same.Bits<double>(Alone(rule, "a"), groups["a"].Span);
            Same.Bits<double>(Alone(rule, "b"), groups["b"].Span);
        }

        Same.Bits(Ten(new ClipByGlobalNorm(1).Then(new Sgd())), Ten(new ClipByGlobalNorm(1).Then(InGroups(new Sgd()))));

        Rule InGroups(Rule rule) => new Partition(new ParameterGroup(TensorSelector.Named("a"), rule), new ParameterGroup(TensorSelector.All, rule));

        TensorSet<double> Ten(Rule rule) => Run(rule, start);

        double[] Alone(Rule rule, string name) => Run(rule, TensorSet.OfTensors(start[name])).ToArray();

        static TensorSet<double> Run(Rule rule, TensorSet<double> start) =>
            Enumerable.Range(0, Steps).Aggregate(Optimizer.Init(rule, start), (state, i) => state.Step(state.Parameters.Map(x => (0.3 * x) + i)).Item1).Parameters;
    }

    /// <summary>Whether a rule takes something over all tensors: by what the registry says, or by an option; the window's is elementwise, but not as formulas are.</summary>
    private static bool TakesOverAll(RuleEntry entry, Rule rule) => rule switch
    {
        Lamb lamb => !lamb.MaxGradientNorm.Equals(Schedule.Constant(0)),
        GrokfastWindow => false,
        _ => !entry.IsElementwise && !entry.IsPerTensor,
    };

    private static TensorSet<T> Of<T>(TensorSet<T> set, IEnumerable<TensorShape> shapes)
        where T : unmanaged, IFloatingPointIeee754<T> => TensorSet.OfTensors(shapes.Select(shape => set[shape.Name]).ToArray());

    private static void Equal<T>(OptimizerState<T> one, OptimizerState<T> other)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Same.Bits(one.Parameters, other.Parameters);
        foreach (var (slot, values) in one.Slots)
        {
            Same.Bits(values, other.Slots[slot], slot);
        }
    }
}
