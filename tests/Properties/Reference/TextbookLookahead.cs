namespace Optim.Properties.Reference;

/// <summary>Zhang, Lucas, Hinton and Ba 2019, algorithm 1; timm's beginning by its option.</summary>
internal sealed class TextbookLookahead(Lookahead rule, Textbook inner) : Textbook
{
    private double slow;

    public override double Step(double p, double g, int t)
    {
        slow = t == 1 ? p : slow;
        double fast = inner.Step(p, g, t);
        if (t % rule.SyncPeriod != 0)
        {
            return fast;
        }

        slow = rule.LazySlowInit && t == rule.SyncPeriod ? fast : slow + (rule.SlowStepSize.At(t - 1) * (fast - slow));
        return slow;
    }
}
