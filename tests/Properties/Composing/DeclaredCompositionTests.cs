using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Composing;

/// <summary>What rules say of themselves, from which refusals follow, is what they do.</summary>
public class DeclaredCompositionTests(ITestOutputHelper output)
{
    private static readonly TensorSet<double> Start = TensorSet.OfTensors(Tensor.OfSpan<double>(new TensorShape("weight", 2, 2), [1, -2, 0.5, 3]), Given.Vector("bias", 1.0, -1));

    private static IReadOnlyList<RuleEntry> OfGradient { get; } = [.. RuleRegistry.All.Where(entry => entry.GradientIsEnough)];

    private static IReadOnlyList<RuleEntry> Around { get; } = [.. OfGradient.Where(entry => entry.Create() is Wrapper)];

    [Fact]
    public void A_rule_that_does_not_say_that_it_may_rest_has_the_one_inside_step_on_every_gradient() => Law.Check(
        output, Scenario.From(draw => AnyRule.Varied(draw, draw.Of(Around).Create()), draw => draw.OneIn(9) ? draw.Of(double.NaN, double.PositiveInfinity, 1e9) : draw.Moderate(), (8, 12)), s =>
        {
            var state = s.Begin<double>();
            try
            {
                state = s.Fold(state, s.GradientsOf<double>());
            }
            catch (ArithmeticException)
            {
                return;
            }

            Assert.True(s.Rule.DeclareComposition().MayRest || InnerSteps(state) == state.StepCount, $"{s.Rule} rests at {state.StepCount - InnerSteps(state)} steps and does not say so");
        }, 400);

    [Fact]
    public void A_rule_that_says_that_it_may_rest_does()
    {
        Assert.All(Resting(), rule =>
        {
            Assert.True(rule.DeclareComposition().MayRest, rule.ToString());
            var state = Optimizer.Init(rule, Start);
            foreach (double scale in new[] { 1, 1e9, double.NaN, 1 })
            {
                state = Optimizer.Step(state, Start.Scale(scale)).Item1;
            }

            Assert.NotEqual(state.StepCount, InnerSteps(state));
        });
        Assert.Equal(
            RuleRegistry.All.Select(entry => entry.Create()).Where(rule => rule.DeclareComposition().MayRest).Select(rule => rule.GetType()).Append(typeof(AccumulateOnSchedule)).Append(typeof(Conditionally)).ToHashSet(),
            Resting().Select(rule => rule.GetType()).ToHashSet());
    }

    /// <summary>A rule that moves its parameters moves them as far wherever they are; one that rebuilds them brings them back to where its own sums say.</summary>
    [Fact]
    public void A_rule_brings_moved_parameters_back_if_and_only_if_it_says_that_it_keeps_a_point_or_rebuilds_them() => Assert.All(
        OfGradient.Where(entry => entry.IsPreset && entry.Create().DeclareComposition() is { FindsDistance: false } or { RebuildsParameters: true }), entry =>
        {
            // Not of those that measure how far they are from the start: their next step is as long.
            const double Far = 1000;
            var rule = entry.Create();
            var state = Optimizer.Init(rule, Start);
            for (int t = 0; t < 5; t++)
            {
                state = state.Step(Start.Scale(0.1 * (1 + t))).Item1;
            }

            var moved = Optimizer.Restore(state.Rule, state.StepCount, state.Parameters.Map(x => x + Far), state.Slots, state.Scalars);
            double back = (state.Step(Start).Item2.Map(x => x + Far) - moved.Step(Start).Item2).ToArray().Max(Math.Abs);
            var says = rule.DeclareComposition();
            bool comesBack = back > 0.05 * Far, saysSo = says.RebuildsParameters || says.OwnPoint.Length > 0;
            Assert.True(comesBack ? saysSo : !says.RebuildsParameters, FormattableString.Invariant($"{entry.Name} comes back by {back} of {Far}"));
        });

    [Fact]
    public void A_rule_says_that_it_ascends_where_it_maximizes() => Assert.All(RuleRegistry.All, entry =>
    {
        var rule = entry.Create();
        Assert.False(rule.DeclareComposition().Ascends);
        if (rule.GetType().GetProperty("Maximize") is { } maximize)
        {
            var ascending = rule with { };
            maximize.SetValue(ascending, true);
            Assert.True(ascending.DeclareComposition().Ascends, entry.Name);
        }
    });

    /// <summary>Law 53 over all pairs of a rule around another.</summary>
    [Fact]
    public void Law_53_every_pair_is_refused_in_a_sentence_or_steps()
    {
        int refused = 0, accepted = 0;
        foreach (var around in RuleRegistry.All.Where(entry => !entry.NeedsObjective).Select(entry => entry.Create()).Where(rule => rule.DeclareInner().Count > 0))
        {
            foreach (var entry in OfGradient)
            {
                var rule = around.ReplaceInner([.. around.DeclareInner().Select(_ => entry.Create())]);
                try
                {
                    rule.Validate();
                }
                catch (ArgumentException error)
                {
                    refused++;
                    Assert.Contains(" cannot hold ", error.Message, StringComparison.Ordinal);
                    continue;
                }

                accepted++;
                if (around.DeclareComposition().KeepsRestOut.Length == 0)
                {
                    continue;
                }

                var state = Optimizer.Init(rule, Start);
                state = state.Step(Start).Item1.Step(Start).Item1;
                Assert.All(state.Parameters.ToArray(), x => Assert.True(double.IsFinite(x), rule.ToString()));
            }
        }

        output.WriteLine(FormattableString.Invariant($"{refused} pairs are refused, {accepted} step"));
        Assert.True(refused > 100 && accepted > 1000);
    }

    private static Rule[] Resting() =>
    [
        new Accumulate(new Adam(), 4), new AccumulateOnSchedule(new Adam(), 3), new ApplyIfFinite(new Adam()), new SkipLargeUpdates(new Adam()), new RollbackOnDivergence(new Adam()), new DynamicLossScaling(new Adam()),
        new Conditionally(new ClipByValue(), Schedule.OfFunction("odd", t => t % 2)),
    ];

    private static long InnerSteps(OptimizerState<double> state)
    {
        var rule = (Wrapper)state.Rule;
        var all = rule.AllScalars();
        double[] scalars = [.. state.Scalars.Values];
        return rule.InnerClock(state.StepCount, name => scalars[ScalarDeclaration.Find(all, name)]);
    }
}
