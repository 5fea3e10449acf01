using System.Numerics;

namespace Optim.Laws;

internal sealed class IdentityLaw() : RuleLaw(1, "A chain with the identity is the rule.")
{
    public override void Check<T>(Scenario s)
    {
        var alone = s.Run<T>();
        Same.Bits(alone, s.Run<T>(new Identity().Then(s.Rule)));
        Same.Bits(alone, s.Run<T>(s.Rule.Then(new Identity())));
        Same.Bits(alone, s.Run<T>(new Chain(s.Rule)));
        Same.Bits(alone, s.Run<T>(new Chain().Then(s.Rule).Then(new Chain())));
    }
}

internal sealed class AssociativityLaw() : RuleLaw(2, "Chaining is associative; nested chains are flat.")
{
    public override int CasesPerHundred => 25;

    public override void Check<T>(Scenario s)
    {
        Rule before = new ClipByGlobalNorm(0.5), after = new ScaleByMomentum { Momentum = 0.5 };
        if (!AnyRule.IsValid(s.Rule.Then(after)))
        {
            // It must come last, or first.
            after = new Identity();
        }

        if (!AnyRule.IsValid(before.Then(s.Rule)))
        {
            before = new Identity();
        }

        Rule flat = new Chain(before, s.Rule, after), left = before.Then(s.Rule).Then(after), right = before.Then(s.Rule.Then(after));
        Same.Value(flat, left, "the rule chained from the left");
        Same.Value(flat, right, "the rule chained from the right");
        Same.Value(flat.GetHashCode(), right.GetHashCode(), "the hash code of equal chains");
        Same.Bits(s.Run<T>(left), s.Run<T>(right));
    }
}
