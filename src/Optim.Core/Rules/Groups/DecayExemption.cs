namespace Optim;

/// <summary>Rules without weight decay on some of the tensors.</summary>
public static class DecayExemption
{
    /// <summary>The same rule without weight decay on tensors of some names: each part of it that has a <c>WeightDecay</c> becomes a <see cref="Partition"/> in two.</summary>
    /// <remarks>Norms over all tensors that other parts take, as clipping in front of it, are still over all tensors.</remarks>
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
        var split = Split(rule);
        return found ? split : throw new ArgumentException($"The rule must have a WeightDecay, was {rule}.", nameof(rule));

        Rule Split(Rule part)
        {
            if (RuleTree.WithoutDecay(part) is { } exempt)
            {
                found = true;
                return new Partition(new ParameterGroup(tensors, exempt), new ParameterGroup(TensorSelector.All, part));
            }

            var inner = part.DeclareInner();
            return inner.Count == 0 ? part : part.ReplaceInner([.. inner.Select(i => Split(i.Rule))]);
        }
    }
}
