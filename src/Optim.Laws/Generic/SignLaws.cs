using System.Numerics;

namespace Optim.Laws;

internal sealed class OddLaw() : RuleLaw(29, "From the opposite parameters, by the opposite gradients, to the opposite result.")
{
    public override bool? IsAbout(LawOptions options) => options.IsOdd;

    public override string KindOption => nameof(LawOptions.IsOdd);

    public override void Check<T>(Scenario s)
    {
        var mirrored = s.With(g => -g, p => -p).Run<T>().Parameters;
        Same.Numbers(s.Run<T>().Parameters, mirrored.Map(x => -x), "parameters, mirrored");
    }
}

internal sealed class MaximizeLaw() : RuleLaw(50, "Maximizing g is minimizing -g.")
{
    public override string? WhyNotFor(Subject subject) => Flag(subject.Rule) is null ? "it has no property Maximize with a setter" : null;

    public override void Check<T>(Scenario s)
    {
        var maximize = Flag(s.Rule)!;
        Rule up = maximize.With(s.Rule, true), down = maximize.With(s.Rule, false);
        Same.Bits(s.With(g => -g).Run<T>(down).Parameters, s.Run<T>(up).Parameters, "parameters of maximizing");
    }

    private static RuleProperty? Flag(Rule rule) => RuleProperty.Of(rule).FirstOrDefault(h => h.Name == "Maximize" && h.IsFlag);
}
