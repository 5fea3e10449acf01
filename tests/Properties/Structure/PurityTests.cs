using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Structure;

/// <summary>Laws 4, 5 (donated = pure), 6, 7 and 15.</summary>
public class PurityTests(ITestOutputHelper output)
{
    [Theory]
    [MemberData(nameof(RuleNames.All), MemberType = typeof(RuleNames))]
    public void Step_changes_neither_state_nor_gradient_and_repeats_itself(string rule) => ForBoth(rule, new PurityLaw());

    [Theory]
    [MemberData(nameof(RuleNames.All), MemberType = typeof(RuleNames))]
    public void Donated_is_pure(string rule) => ForBoth(rule, new DonationLaw());

    [Theory]
    [MemberData(nameof(RuleNames.All), MemberType = typeof(RuleNames))]
    public void Fold_may_be_cut_anywhere_and_resumed_from_its_parts(string rule) => ForBoth(rule, new ResumeLaw());

    [Theory]
    [MemberData(nameof(RuleNames.All), MemberType = typeof(RuleNames))]
    public void Slots_keep_their_names_and_shapes(string rule) => ForBoth(rule, new ShapesLaw());

    [Fact]
    public void Chains_are_pure_and_may_be_cut_and_donated()
    {
        Law.Check(output, Scenario.OfChains(), Holds, 40);
    }

    [Fact]
    public void Rules_within_rules_are_pure_and_may_be_cut_and_donated()
    {
        Law.Check(output, Scenario.OfTrees(), Holds, 60);
    }

    private static void Holds(Scenario s)
    {
        foreach (var law in new RuleLaw[] { new PurityLaw(), new DonationLaw(), new ResumeLaw(), new ShapesLaw() })
        {
            law.Holds(s);
        }
    }

    private void ForBoth(string rule, RuleLaw law) => Law.Check(output, Scenario.Of(rule), law.Holds, 25);
}
