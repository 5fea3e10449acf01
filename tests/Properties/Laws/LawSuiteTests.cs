using Optim.Execution;
using Optim.Properties.Checking;
using Optim.Samples.Laws;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Laws;

/// <summary>The suite as a user runs it: every rule of the library keeps its laws, every wrong rule of the sample breaks its own.</summary>
public class LawSuiteTests(ITestOutputHelper output)
{
    private static readonly LawOptions Few = new() { Cases = 20, Size = 40, Seed = Seed.Number };

    public static TheoryData<Mistake> Mistakes => [.. Mistake.All];

    /// <summary>Laws 2 and 16, which no other test asks of each rule; Structure/ has the others, each with hyperparameters of every kind.</summary>
    [Theory]
    [MemberData(nameof(RuleNames.All), MemberType = typeof(RuleNames))]
    public void Every_rule_of_the_library_may_stand_anywhere_in_a_chain_and_steps_late_as_early(string name) =>
        LawSuite.For(RuleRegistry.Find(name)!.Create(), Few with { Laws = [2, 16] }).Assert();

    [Theory]
    [InlineData("adamw")]
    [InlineData("clip_by_global_norm")]
    [InlineData("lookahead")]
    [InlineData("muon")]
    [InlineData("sam")]
    public void A_rule_of_each_kind_keeps_every_law_that_is_about_it(string name) => Keeps(name);

    [Theory]
    [MemberData(nameof(RuleNames.WithMore), MemberType = typeof(RuleNames))]
    public void A_rule_that_needs_more_than_a_gradient_keeps_every_law_that_is_about_it(string name) => Keeps(name);

    [SoakTheory]
    [MemberData(nameof(RuleNames.Every), MemberType = typeof(RuleNames))]
    public void Every_rule_of_the_library_keeps_every_law_that_is_about_it(string name) => Keeps(name);

    private void Keeps(string name)
    {
        var entry = RuleRegistry.Find(name)!;
        if (entry.Create() is ProjectOntoSimplex or ProjectOntoHyperplane or OrthoGrad)
        {
            // With one parameter they leave one point, or nothing across it, so that they do not descend (law 49).
            return;
        }

        var report = LawSuite.For(entry.Create(), Few).Check();
        output.WriteLine(report.ToString());
        Assert.True(report.Holds, report.ToString());
        Assert.Equal(LawSuite.Laws, report.Results.Select(result => result.Law));
        Assert.Equal(entry.NeedsObjective, report.Results.All(result => result.Verdict == LawVerdict.DoesNotApply));
        Assert.All(report.Results, result => Assert.Equal(result.Verdict == LawVerdict.Held, result.Reason is null));
    }

    [Theory]
    [InlineData("adamw")]
    [InlineData("sgd")]
    [InlineData("rmsprop")]
    public void An_elementwise_rule_may_be_said_to_be_one_and_its_hyperparameters_varied(string name) =>
        LawSuite.For(RuleRegistry.Find(name)!.Create(), Few with { IsElementwise = true, IsOdd = true, VaryHyperparameters = name != "adamw" }).Assert();

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_wrong_rule_breaks_its_law_and_the_replay_breaks_it_again(Mistake mistake)
    {
        var report = LawSuite.For(mistake.Rule, mistake.Options).Check();
        var broken = report.Broken.First(result => result.Law.Number == mistake.Law);
        output.WriteLine(broken.ToString());
        Assert.Contains("\nBROKEN", report.ToString(), StringComparison.Ordinal);
        Assert.Contains("\nlayout t0 [", broken.Counterexample, StringComparison.Ordinal);

        if (mistake.Rule is CountsItself or DrawsByItself)
        {
            // Those two do not even repeat their mistakes.
            return;
        }

        var again = LawSuite.For(mistake.Rule, mistake.Options with { Laws = [mistake.Law], Replay = broken.Replay }).Check().Results;
        Assert.All(again, result => Assert.Equal(mistake.Law, result.Law.Number));
        var same = Assert.Single(again, result => result.Law == broken.Law);
        Assert.Equal((LawVerdict.Broken, 1), (same.Verdict, same.Cases));
        Assert.Equal((broken.Counterexample, broken.Reason), (same.Counterexample, same.Reason));
    }

    [Fact]
    public void The_sample_has_a_mistake_for_each_of_eight_laws() =>
        Assert.Equal([4, 6, 8, 9, 16, 29, 49, 50], Mistake.All.Select(mistake => mistake.Law).Distinct().Order());

    [Fact]
    public void What_trying_shows_to_be_of_another_kind_breaks_no_law_but_saying_so_does()
    {
        var tried = LawSuite.For(new ClipByGlobalNorm(0.1), Few).Check();
        Assert.True(tried.Holds, tried.ToString());
        var alone = tried.Results.Last(result => result.Law.Number == 10);
        Assert.Equal(LawVerdict.DoesNotApply, alone.Verdict);
        Assert.Contains("IsElementwise = true holds it to the law", alone.Reason, StringComparison.Ordinal);
        var error = Assert.Throws<LawBrokenException>(LawSuite.For(new ClipByGlobalNorm(0.1), Few with { IsElementwise = true }).Assert);
        Assert.Contains("BROKEN    10 Each element, alone, goes the same way.", error.Message, StringComparison.Ordinal);
        Assert.Contains("gradient 0 [", error.Message, StringComparison.Ordinal);
        var said = LawSuite.For(new ClipByGlobalNorm(0.1), Few with { IsElementwise = false }).Check();
        Assert.Contains(said.Results, result => result is { Law.Number: 9, Reason: "IsElementwise = false" });
    }

    [Fact]
    public void A_rule_that_asks_for_the_loss_and_the_diagonal_is_given_them() =>
        LawSuite.For(new AsksForBoth(), Few with { IsElementwise = true }).Assert();

    [Fact]
    public void A_rule_that_fails_breaks_the_laws_and_says_how()
    {
        var report = LawSuite.For(new Fails(), Few).Check();
        Assert.Contains(report.Broken, result => result.Reason!.Contains("declares 1 slots", StringComparison.Ordinal));
    }

    [Fact]
    public void Only_the_laws_and_the_types_that_are_asked_for_are_checked()
    {
        var report = LawSuite.For(new OnlyInDouble(), Few with { Laws = [4, 49], ElementTypes = ElementTypes.Double }).Check();
        Assert.Equal([4, 49], report.Results.Select(result => result.Law.Number));
        Assert.True(report.Holds, report.ToString());
        Assert.False(LawSuite.For(new OnlyInDouble(), Few with { Laws = [49] }).Check().Holds);
    }

    [Fact]
    public void The_page_on_testing_lists_every_law()
    {
        string page = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "documentation", "testing-your-rule.md"));
        Assert.All(LawSuite.Laws, law => Assert.Contains(FormattableString.Invariant($"| {law.Number} | {law.Statement} |"), page, StringComparison.Ordinal));
    }

    [Fact]
    public void Options_that_make_no_sense_are_refused()
    {
        Refused.With<ArgumentException>("must be among 1, 2, 4, 5, ", () => LawSuite.For(new Adam(), new() { Laws = [4, 3] }));
        Refused.With<ArgumentException>("seed,gamma,size", () => LawSuite.For(new Adam(), new() { Laws = [4], Replay = "12" }).Check());
        Refused.With<ArgumentOutOfRangeException>("Cases", () => new LawOptions { Cases = 0 });
        Refused.With<ArgumentOutOfRangeException>("Size", () => new LawOptions { Size = 101 });
        Refused.With<ArgumentNullException>("rule", () => LawSuite.For(null!));
    }

    private sealed record AsksForBoth : Rule
    {
        public override void Prepare<T>(Plan<T> plan)
        {
            plan.RequireHessianDiagonal(nameof(AsksForBoth));
            plan.Prepare(new Sgd { LearningRate = 0.1 * plan.RequireLoss(nameof(AsksForBoth)) });
        }
    }

    private sealed record Fails : Rule
    {
        public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("none")];

        public override void Prepare<T>(Plan<T> plan) => plan.Prepare(new Identity());
    }

    private sealed record OnlyInDouble : Rule
    {
        public override void Prepare<T>(Plan<T> plan) => plan.Prepare(new Scale(typeof(T) == typeof(double) ? 1e-3 : -1e-3));
    }
}
