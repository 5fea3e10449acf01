using Optim.Execution;

namespace Optim.Laws;

/// <content>Simpler rules than one that a law has failed on.</content>
internal static partial class AnyRule
{
    public static IEnumerable<Rule> Shrink(Rule rule)
    {
        if (rule is Chain chain)
        {
            foreach (int i in Enumerable.Range(0, chain.Rules.Count))
            {
                yield return new Chain([.. chain.Rules.Where((_, j) => j != i)]);
                foreach (var simpler in Shrink(chain.Rules[i]).Select(simpler => new Chain([.. chain.Rules.Select((r, j) => j == i ? simpler : r)])).Where(IsValid))
                {
                    yield return simpler;
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
        foreach (var hyperparameter in RuleProperty.Of(rule))
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
               let changed = rule.ReplaceInner([.. inner.Select((r, j) => j == i ? simpler : r.Rule)])
               where IsValid(changed)
               select changed;
    }
}
