namespace Optim;

/// <summary>Rules without weight decay on some of the tensors.</summary>
public static class DecayExemption
{
    /// <summary>The same rule without weight decay on tensors of some names: each part of it that has a <c>WeightDecay</c> gets an <see cref="ExemptFromDecay"/> around it.</summary>
    /// <remarks>
    /// Every decay in the rule is reached, those of rules inside others and of fallbacks included, and what the rule takes over all tensors (norms, estimates of a distance) still is over all tensors. A rule
    /// of your own that does not say that it decays by tensor (<see cref="Rule.DecaysByTensor"/>) becomes a <see cref="Partition"/> in two instead.
    /// </remarks>
    /// <param name="rule">The rule.</param>
    /// <param name="patterns">The names, as <see cref="TensorSelector.Named"/> takes them: <c>*.bias</c>, <c>*.norm*</c>.</param>
    /// <exception cref="ArgumentException">There is no pattern, or no part of the rule has a weight decay.</exception>
    public static Rule NoDecayOn(this Rule rule, params string[] patterns) => rule.NoDecayOn(TensorSelector.Named(patterns));

    /// <summary>The same rule without weight decay on some tensors, as the other overload says.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="tensors">Which tensors.</param>
    /// <exception cref="ArgumentException">No part of the rule has a weight decay.</exception>
    public static Rule NoDecayOn(this Rule rule, TensorSelector tensors)
    {
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(tensors);
        bool found = false;
        var exempt = Exempted(rule);
        return found ? exempt : throw new ArgumentException($"The rule must have a WeightDecay, was {rule}.", nameof(rule));

        Rule Exempted(Rule part)
        {
            // Clocks of their own go around one rule alone.
            if (RuleTree.HasDecay(part is LateTensors late ? late.Inner : part))
            {
                found = true;
                return RuleTree.Find(part, inner => RuleTree.HasDecay(inner) && !inner.DecaysByTensor()) is null
                    ? new ExemptFromDecay(part, tensors)
                    : new Partition(new ParameterGroup(tensors, RuleTree.WithoutDecay(part)), new ParameterGroup(TensorSelector.All, part));
            }

            var inner = part.DeclareInner();
            return inner.Count == 0 ? part : part.ReplaceInner([.. inner.Select(i => Exempted(i.Rule))]);
        }
    }
}
