using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Structure;

/// <summary>A learning rate of 0 is standing still.</summary>
public class RestTests(ITestOutputHelper output)
{
    [Theory]
    [MemberData(nameof(RuleNames.Presets), MemberType = typeof(RuleNames))]
    public void At_a_rate_of_0_from_the_start_nothing_moves(string name) => Check(name, Schedule.Table([0]), 0, HasAnotherRate);

    [Theory]
    [MemberData(nameof(RuleNames.Presets), MemberType = typeof(RuleNames))]
    public void Where_the_rate_becomes_0_nothing_moves_any_more(string name) =>
        Check(name, Schedule.Table([0.01, 0.02, 0.01, 0]), 3, rule => HasAnotherRate(rule) || MovesOnAfterwards(rule));

    /// <summary>What moves a parameter is not the learning rate alone; each rule's page says so.</summary>
    private static bool HasAnotherRate(Rule rule) => rule is RProp or AdaBelief { FixedDecay: true } or AcProp { FixedDecay: true } or AdaNorm { FixedDecay: true } or OptimisticAdam { AbsoluteOptimism: true } or Fromage { ParameterBound: > 0 } or Dog { FirstRate: > 0 } or Adafactor { RelativeStep: true, WarmupInit: true };

    /// <summary>Steps that were taken at a rate are averaged, or on their way, when it becomes 0; each rule's page says so.</summary>
    private static bool MovesOnAfterwards(Rule rule) =>
        rule is Sgd { LearningRateInVelocity: true } or RmsProp { LearningRateInVelocity: true } or DAdaptAdam or DAdaptSgd or Adafactor or ScheduleFreeSgd or ScheduleFreeAdamW or ScheduleFreeRAdam or ScheduleFree or Cocob or Trac or Mechanic or Lookahead or Ranger;

    private void Check(string name, Schedule rate, int moving, Func<Rule, bool> moves)
    {
        var entry = RuleRegistry.Find(name)!;
        Law.Check(output, Scenario.From(draw => AnyRule.Of(draw, entry), draw => draw.Moderate(), (6, 12)), s =>
        {
            // A rule inside that has no rate moves by itself.
            var rule = s.Rule.ReplaceInner([.. entry.Create().DeclareInner().Select(inner => inner.Rule)]);
            if (moves(rule))
            {
                return;
            }

            rule = rule.HyperparametersAt(0).Keys.Where(path => path == "LearningRate" || path.EndsWith(".LearningRate", StringComparison.Ordinal))
                .Aggregate(rule, (changed, path) => changed.Adjust("." + path, rate));
            var resting = s.GradientsOf<double>().Take(moving).Aggregate(Optimizer.Init(rule, s.StartOf<double>()), (state, gradient) => state.Step(gradient).Item1);
            Same.Bits(resting.Parameters, s.GradientsOf<double>().Skip(moving).Aggregate(resting, (state, gradient) => state.Step(gradient).Item1).Parameters);
        }, 20, name: name);
    }
}
