using Optim.Execution;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Structure;

/// <summary>Laws 5 (fused = block by block = element by element), 9 and 10, and every length from 0 to 300.</summary>
public class ExecutionTests(ITestOutputHelper output)
{
    private const int MostFusedFormulas = 8;

    private static readonly PlainSweepLaw PlainSweep = new();

    [Theory]
    [MemberData(nameof(RuleNames.All), MemberType = typeof(RuleNames))]
    public void The_executor_equals_the_plain_sweep(string rule) => Law.Check(output, Scenario.Of(rule), PlainSweep.Holds, 25);

    [Fact]
    public void The_law_about_threads_knows_where_work_is_split() => Assert.Equal(Executor.ChunkLength, ThreadsLaw.ChunkLength);

    [Fact]
    public void The_executor_equals_the_plain_sweep_on_chains() => Law.Check(output, Scenario.OfChains(), PlainSweep.Holds, 60);

    [Fact]
    public void The_executor_equals_the_plain_sweep_on_rules_within_rules() => Law.Check(output, Scenario.OfTrees(), PlainSweep.Holds, 300);

    [Theory]
    [MemberData(nameof(RuleNames.All), MemberType = typeof(RuleNames))]
    public void The_executor_equals_the_plain_sweep_across_a_norm(string rule)
    {
        // A limit that most updates exceed, so that the norm shows in what follows.
        var cases = Scenario.From(draw => new Unchecked(
            AnyRule.Of(draw, RuleRegistry.Find(rule)!), new ClipByGlobalNorm(1e-3).Then(new ScaleByMomentum { Momentum = draw.Fraction() })));
        Law.Check(output, cases, PlainSweep.Holds, 10);
    }

    [Theory]
    [MemberData(nameof(RuleNames.All), MemberType = typeof(RuleNames))]
    public void The_executor_equals_the_plain_sweep_at_the_ends_of_the_number_line(string rule)
    {
        double[] ends =
        [
            double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.MaxValue, -double.MaxValue, double.Epsilon, -double.Epsilon,
            float.MaxValue, float.Epsilon, 1e200, 1e-200, 1e-310, 0, -0.0, 1,
        ];
        var cases = Scenario.From(draw => AnyRule.Of(draw, RuleRegistry.Find(rule)!), draw => draw.Coin() ? draw.Of(ends) : draw.Wide());
        Law.Check(output, cases, PlainSweep.Holds, 25);
    }

    [Theory]
    [MemberData(nameof(RuleNames.Elementwise), MemberType = typeof(RuleNames))]
    public void Blocks_equal_fusion(string rule) => Law.Check(output, Scenario.OfElementwise(rule), s =>
    {
        // Too many formulas to fuse: the rule then runs block by block, behind and before stages of its own.
        // Behind one that places parameters the scales would see a difference, which rounds.
        var padding = new Chain([.. Enumerable.Repeat(new Scale(1), MostFusedFormulas)]);
        var behind = AnyRule.Places(s.Rule, s.Gradients.Length) ? new Identity() : (Rule)padding;
        Same.Bits(s.Run<float>(), s.Run<float>(new Unchecked(new Unchecked(padding, s.Rule), behind)));
        Same.Bits(s.Run<double>(), s.Run<double>(new Unchecked(new Unchecked(padding, s.Rule), behind)));
    }, 10);

    [Theory]
    [MemberData(nameof(RuleNames.All), MemberType = typeof(RuleNames))]
    public void Every_length_from_0_to_300(string rule)
    {
        const int Widest = 64;

        // A rule that decomposes matrices takes time by the cube of the length: past the longest lane, the lengths on either side of its multiples.
        bool cubic = rule is "shampoo" or "soap";
        Lengths(rule, length => !cubic || length <= Widest || (length + 1) % Widest <= 2);
    }

    [SoakTheory]
    [InlineData("shampoo")]
    [InlineData("soap")]
    public void Every_length_from_0_to_300_of_rules_that_decompose_matrices(string rule) => Lengths(rule, _ => true);

    private static void Lengths(string rule, Func<int, bool> which)
    {
        const int Longest = 300, Steps = 3;
        foreach (int length in Enumerable.Range(0, Longest + 1).Where(which))
        {
            var draw = new Draw(Seed.Of($"{rule} {length}"), 100);
            var s = new Scenario(
                AnyRule.Of(draw, RuleRegistry.Find(rule)!), [length], draw.Numbers(length, draw.Plain),
                [.. Enumerable.Range(0, Steps).Select(_ => draw.Numbers(length, draw.Plain))]);
            PlainSweep.Holds(s);
        }
    }

    [Theory]
    [MemberData(nameof(RuleNames.Elementwise), MemberType = typeof(RuleNames))]
    public void Each_element_of_an_elementwise_rule_stands_alone(string rule) =>
        Law.Check(output, Scenario.OfElementwise(rule), new AloneLaw().Holds, 25);

    [Theory]
    [MemberData(nameof(RuleNames.Elementwise), MemberType = typeof(RuleNames))]
    public void Permuting_the_elements_of_an_elementwise_rule_permutes_the_result(string rule) =>
        Law.Check(output, Scenario.OfElementwise(rule), new PermutationLaw().Holds, 25);

    [Theory]
    [MemberData(nameof(RuleNames.Elementwise), MemberType = typeof(RuleNames))]
    public void Flat_is_per_tensor_for_elementwise_rules(string rule) => Law.Check(output, Scenario.OfElementwise(rule), new FlatLaw().Holds, 25);

    [Fact]
    public void Flat_is_near_per_tensor_for_a_global_norm() =>
        Law.Check(output, Scenario.From(draw => new ClipByGlobalNorm(draw.Fraction() + 1e-3), draw => draw.Plain(), (1, 3)), s =>
        {
            Same.Close(s.Flat().Run<double>().Parameters.ToArray(), s.Run<double>().Parameters.ToArray(), 1e-14, 1);
        });
}
