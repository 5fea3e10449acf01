namespace Optim;

/// <summary>A hyperparameter that is not what it was.</summary>
/// <param name="Path">Where it is in the changed rule, as <see cref="Rule.Adjust(string, Schedule)"/> takes it; <c>""</c> for a whole rule.</param>
/// <param name="Before">What it was.</param>
/// <param name="After">What it is.</param>
public sealed record HyperparameterChange(string Path, string Before, string After)
{
    /// <summary><c>LearningRate: 0.001 -> 0.01</c>.</summary>
    public override string ToString() => $"{Path}: {Before} -> {After}";
}

/// <summary>What a verb has changed in a rule.</summary>
public static class HyperparameterChanges
{
    /// <summary>
    /// Which hyperparameters differ from those of another rule, by path: what <see cref="Rule.Adjust(string, Schedule)"/>, <see cref="Rule.ScaleLearningRates"/> or <c>NoDecayOn</c> did, as
    /// <c>rule.NoDecayOn("*.bias").ChangesFrom(rule)</c>. A decay that is left out on some tensors is listed with them: <c>inner.WeightDecay: 0.1 -> 0.1, none on *.bias</c>.
    /// </summary>
    /// <param name="rule">The rule as it is.</param>
    /// <param name="before">The rule as it was.</param>
    /// <returns>The changes, in the rule's order; none where the rules are equal. Where one rule took the place of another, both are written out.</returns>
    public static IReadOnlyList<HyperparameterChange> ChangesFrom(this Rule rule, Rule before)
    {
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(before);
        var changes = new List<HyperparameterChange>();
        Compare(before, rule, "", "");
        return changes.AsReadOnly();

        void Compare(Rule was, Rule now, string prefix, string exempt)
        {
            if (exempt.Length == 0 && was.Equals(now))
            {
                return;
            }

            var inner = now.DeclareInner();
            if (now is ExemptFromDecay exemption && (was as ExemptFromDecay)?.Tensors.Equals(exemption.Tensors) != true)
            {
                Compare(was, exemption.Inner, prefix + "inner.", $"{exempt}, none on {exemption.Tensors}");
                return;
            }

            if (now is Partition && was is not Partition)
            {
                foreach (var group in inner)
                {
                    Compare(was, group.Rule, $"{prefix}{group.Name}.", exempt);
                }

                return;
            }

            var wasInner = was.DeclareInner();
            if (was.GetType() != now.GetType() || wasInner.Count != inner.Count || (was as FunctionRule)?.Name != (now as FunctionRule)?.Name)
            {
                changes.Add(new(prefix.TrimEnd('.'), was.ToString(), now.ToString()));
                return;
            }

            foreach (var (name, old, current) in RuleTree.Members(was, now))
            {
                string left = name == RuleTree.WeightDecay ? exempt : "";
                if (old != current || left.Length > 0)
                {
                    changes.Add(new(prefix + name, old, current + left));
                }
            }

            for (int i = 0; i < inner.Count; i++)
            {
                Compare(wasInner[i].Rule, inner[i].Rule, $"{prefix}{inner[i].Name}.", exempt);
            }
        }
    }
}
