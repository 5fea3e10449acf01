using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Structure;

/// <summary>A learning rate of 0 is standing still.</summary>
public class RestTests(ITestOutputHelper output)
{
    [Theory]
    [MemberData(nameof(RuleNames.Presets), MemberType = typeof(RuleNames))]
    public void At_a_rate_of_0_from_the_start_nothing_moves(string name) => Check(name, Schedule.Table([0]), 0);

    [Theory]
    [MemberData(nameof(RuleNames.Presets), MemberType = typeof(RuleNames))]
    public void Where_the_rate_becomes_0_nothing_moves_any_more(string name) => Check(name, Schedule.Table([0.01, 0.02, 0.01, 0]), 3);

    private void Check(string name, Schedule rate, int moving)
    {
        var entry = RuleRegistry.Find(name)!;
        Law.Check(output, Scenario.From(draw => AnyRule.Of(draw, entry), draw => draw.Moderate(), (6, 12)), s =>
        {
            var rule = s.Rule.HyperparametersAt(0).Keys.Where(path => path.EndsWith("LearningRate", StringComparison.Ordinal) && !path.StartsWith("Base", StringComparison.Ordinal))
                .Aggregate(s.Rule, (changed, path) => changed.Adjust("." + path, rate));
            var resting = s.GradientsOf<double>().Take(moving).Aggregate(Optimizer.Init(rule, s.StartOf<double>()), (state, gradient) => state.Step(gradient).Item1);
            Same.Bits(resting.Parameters, s.GradientsOf<double>().Skip(moving).Aggregate(resting, (state, gradient) => state.Step(gradient).Item1).Parameters);
        }, 10, name: name);
    }
}
