using Optim.Execution;

namespace Optim.Laws;

/// <summary>Random rules and hyperparameters, and their shrinking.</summary>
internal static class AnyRule
{
    /// <summary>The registered rules that need only a gradient.</summary>
    public static IReadOnlyList<RuleEntry> OfGradient { get; } = [.. RuleRegistry.All.Where(entry => !entry.NeedsObjective)];

    /// <summary>A registered rule with random hyperparameters.</summary>
    public static Rule Of(Draw draw, RuleEntry entry) => Varied(draw, entry.Create());

    /// <summary>A rule like another, with random values for every settable hyperparameter.</summary>
    public static Rule Varied(Draw draw, Rule plain)
    {
        for (int attempt = 0; attempt < 100; attempt++)
        {
            var rule = plain;
            foreach (var hyperparameter in Hyperparameter.Of(rule))
            {
                // A rule told to refuse what it meets has no result to compare.
                if (draw.Integer(0, 2) > 0 && !hyperparameter.Refuses && hyperparameter.CanVary)
                {
                    rule = hyperparameter.With(rule, hyperparameter.Any(draw, rule));
                }
            }

            if (IsValid(rule))
            {
                return rule is RollbackOnDivergence returning ? returning.WithMaxRollbacks(int.MaxValue) : rule;
            }
        }

        return plain;
    }

    /// <summary>A registered rule without the options that make an element's update depend on other elements.</summary>
    public static Rule Elementwise(Draw draw, RuleEntry entry)
    {
        var rule = Of(draw, entry);
        return Hyperparameter.Of(rule).FirstOrDefault(h => h.Name == "Cautious")?.With(rule, false) ?? rule;
    }

    /// <summary>A chain of one to three registered rules, some of them chains themselves.</summary>
    public static Rule Chain(Draw draw, int depth = 1) => new Chain([.. Enumerable.Range(0, draw.Integer(1, 3)).Select(_ =>
        depth > 0 && draw.OneIn(4) ? Chain(draw, depth - 1) : Of(draw, draw.Of(OfGradient)))]);

    /// <summary>Nested rules: chains, wrappers and parameter groups around registered rules.</summary>
    public static Rule Tree(Draw draw, int depth = 3)
    {
        switch (depth == 0 ? 5 : draw.Integer(0, 5))
        {
            case 0:
                return new Chain([.. Enumerable.Range(0, draw.Integer(1, 3)).Select(_ => Tree(draw, depth - 1))]);
            case 1:
                return new Partition([
                    .. Enumerable.Range(0, draw.Integer(0, 2)).Select(_ => new ParameterGroup(Tensors(draw), Tree(draw, depth - 1))),
                    new ParameterGroup(TensorSelector.All, Tree(draw, depth - 1))]);
            case 2 or 3:
                var around = Of(draw, draw.Of(Wrappers.Value));
                return around.ReplaceInner([.. around.DeclareInner().Select(_ => Tree(draw, depth - 1))]);
            default:
                return Of(draw, draw.Of(OfGradient));
        }
    }

    private static readonly Lazy<RuleEntry[]> Wrappers = new(() => [.. OfGradient.Where(entry => entry.Create().DeclareInner().Count > 0)]);

    /// <summary>An inner rule: an elementwise one without inner rules, so that cases stay small.</summary>
    public static Rule Inner(Draw draw) => Elementwise(draw, draw.Of(Leaves.Value));

    /// <summary>An inner rule that moves parameters by an update, bit for bit.</summary>
    public static Rule InnerThatMoves(Draw draw)
    {
        var rule = Inner(draw);
        return Places(rule, steps: 40) ? new Sgd() : rule;
    }

    /// <summary>Some tensors of a scenario: all, none, by name, by rank, or the rest.</summary>
    public static TensorSelector Tensors(Draw draw) => (draw.Integer(0, 6) switch
    {
        0 => TensorSelector.All,
        1 => TensorSelector.None,
        2 => TensorSelector.Named("t0"),
        3 => TensorSelector.Named("t1", "t?3*"),
        4 => TensorSelector.OfRank(draw.Integer(0, 3)),
        5 => TensorSelector.OfRank(2, int.MaxValue).Or(TensorSelector.Named("t2")),
        _ => TensorSelector.Named("t0").Not(),
    }).OrNone();

    /// <summary>Whether the rule sets parameters at one of its first steps, rather than moving them: its update is then a rounded difference.</summary>
    public static bool Places(Rule rule, int steps)
    {
        var state = Optimizer.Init(rule, TensorSet.OfArray([1.0]));
        return Enumerable.Range(0, steps).Any(clock =>
            PlainExecutor.SetsParameters(Optimizer.Restore(rule, clock, state.Parameters, state.Slots, state.Scalars)));
    }

    /// <summary>Whether it or an inner rule does.</summary>
    public static bool PlacesAnywhere(Rule rule, int steps) => Places(rule, steps) || rule.DeclareInner().Any(inner => PlacesAnywhere(inner.Rule, steps));

    private static readonly Lazy<RuleEntry[]> Leaves = new(() =>
        [.. OfGradient.Where(entry => entry.IsElementwise && !Hyperparameter.Of(entry.Create()).Any(h => h.IsRule))]);

    public static IEnumerable<Rule> Shrink(Rule rule)
    {
        if (rule is Chain chain)
        {
            foreach (int i in Enumerable.Range(0, chain.Rules.Count))
            {
                yield return new Chain([.. chain.Rules.Where((_, j) => j != i)]);
                foreach (var simpler in Shrink(chain.Rules[i]))
                {
                    yield return new Chain([.. chain.Rules.Select((r, j) => j == i ? simpler : r)]);
                }
            }

            yield break;
        }

        foreach (var simpler in rule.DeclareInner().Select(inner => inner.Rule).Concat(ShrinkInside(rule)))
        {
            yield return simpler;
        }

        if (rule is Partition { Groups.Count: > 1 } partition)
        {
            foreach (int i in Enumerable.Range(0, partition.Groups.Count - 1))
            {
                yield return new Partition([.. partition.Groups.Where((_, j) => j != i)]);
            }
        }

        if (RuleRegistry.All.Select(entry => entry.Create()).FirstOrDefault(r => r.GetType() == rule.GetType()) is { } plain)
        {
            foreach (var simpler in ShrinkTowards(plain, rule))
            {
                yield return simpler;
            }
        }
    }

    /// <summary>The rule with one hyperparameter of another rule of its type.</summary>
    public static IEnumerable<Rule> ShrinkTowards(Rule plain, Rule rule)
    {
        foreach (var hyperparameter in Hyperparameter.Of(rule))
        {
            object usual = hyperparameter.Value(plain);
            if (!usual.Equals(hyperparameter.Value(rule)) && hyperparameter.With(rule, usual) is var simpler && IsValid(simpler))
            {
                yield return simpler;
            }
        }
    }

    /// <summary>The same wrapper around simpler rules.</summary>
    public static IEnumerable<Rule> ShrinkInside(Rule rule)
    {
        var inner = rule.DeclareInner();
        return from i in Enumerable.Range(0, inner.Count)
               from simpler in Shrink(inner[i].Rule)
               select rule.ReplaceInner([.. inner.Select((r, j) => j == i ? simpler : r.Rule)]);
    }

    public static bool IsValid(Rule rule)
    {
        try
        {
            rule.Validate();
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
