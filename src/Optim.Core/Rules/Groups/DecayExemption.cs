namespace Optim;

/// <summary>Rules without weight decay on some of the tensors.</summary>
public static class DecayExemption
{
    /// <summary>The same rule without weight decay on tensors of some names: each part of it that has a <c>WeightDecay</c> gets an <see cref="ExemptFromDecay"/> around it.</summary>
    /// <remarks>
    /// Every decay in the rule is reached, those of rules inside others and of fallbacks included, and what the rule takes over all tensors (norms, estimates of a distance) still is over all tensors. A rule
    /// of your own that does not say that it decays by tensor (<see cref="Rule.DecaysByTensor"/>) becomes a <see cref="Partition"/> in two instead; one that sees all tensors at once (<see cref="Composition.NeedsWholeSet"/>) is refused.
    /// </remarks>
    /// <param name="rule">The rule.</param>
    /// <param name="patterns">The names, as <see cref="TensorSelector.Named"/> takes them: <c>*.bias</c>, <c>*.norm*</c>.</param>
    /// <exception cref="ArgumentException">There is no pattern, no part of the rule has a weight decay, or one that has sees all tensors at once.</exception>
    public static Rule NoDecayOn(this Rule rule, params string[] patterns) => rule.NoDecayOn(TensorSelector.Named(patterns));

    /// <summary>The same rule without weight decay on some tensors, as the other overload says.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="tensors">Which tensors.</param>
    /// <exception cref="ArgumentException">No part of the rule has a weight decay, or one that has sees all tensors at once.</exception>
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
                if (RuleTree.Find(part, inner => RuleTree.HasDecay(inner) && !inner.DecaysByTensor()) is null)
                {
                    return new ExemptFromDecay(part, tensors);
                }

                return RuleTree.Find(part, inner => inner.DeclareComposition().NeedsWholeSet) is { } undivided
                    ? throw new ArgumentException(
                        (undivided is FunctionRule function ? $"The rule '{function.Name}'" : undivided.GetType().Name) + " sees all tensors at once, and two rules with their own would not be the same: let "
                        + (undivided is FunctionRule ? "its function decide by name which tensors decay." : "it decay by tensor (DecaysByTensor, plan.ApplyDecay)."), nameof(rule))
                    : new Partition(new ParameterGroup(tensors, RuleTree.WithoutDecay(part)), new ParameterGroup(TensorSelector.All, part));
            }

            var inner = part.DeclareInner();
            return inner.Count == 0 ? part : part.ReplaceInner([.. inner.Select(i => Exempted(i.Rule))]);
        }
    }
}
