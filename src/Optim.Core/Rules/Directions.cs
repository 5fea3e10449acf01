namespace Optim;

/// <summary>The direction in which an optimizer steps, as a piece of a chain.</summary>
public static class Directions
{
    /// <summary>
    /// An optimizer's update without its rate and its decay, to be followed by others: what Optax calls <c>scale_by_lion</c>, <c>scale_by_yogi</c>, <c>scale_by_radam</c> and so on, of any rule.
    /// <c>new Lion().AsDirection().Then(new ScaleByLearningRate(1e-4))</c> is <c>new Lion { LearningRate = 1e-4 }</c>.
    /// </summary>
    /// <remarks>
    /// It is the same rule with <c>LearningRate</c> 1 and <c>WeightDecay</c> 0, so that there is nothing else to learn: its slots, its file and its other hyperparameters are the rule's. Of a chain the last rule is the optimizer, and
    /// those before it stay as they are. A rule without a learning rate is a direction already, and is returned as it is, its decay left out.
    /// </remarks>
    /// <param name="rule">The optimizer, or a chain whose last rule is one.</param>
    /// <returns>The direction.</returns>
    /// <exception cref="ArgumentException">Its step is no multiple of its rate (<see cref="Composition.WhyNoDirection"/>); it holds another rule, or keeps a point of its own, or evaluates the objective.</exception>
    public static Rule AsDirection(this Rule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        if (rule is Chain { Rules.Count: > 0 } chain)
        {
            return chain.Rules.SkipLast(1).FirstOrDefault(RuleTree.HasRate) is { } rated
                ? throw new ArgumentException($"{nameof(rule)} must have its learning rate in the last rule of the chain, had one in {rated.GetType().Name}.", nameof(rule))
                : new Chain([.. chain.Rules.SkipLast(1), chain.Rules[^1].AsDirection()]);
        }

        if (WhyNot(rule) is { } reason)
        {
            throw new ArgumentException($"{nameof(rule)} must step by a multiple of its learning rate, was {rule.GetType().Name}: {reason}.", nameof(rule));
        }

        return WithOwn(WithOwn(rule, RuleTree.LearningRate, 1), RuleTree.WeightDecay, 0);
    }

    private static string? WhyNot(Rule rule)
    {
        var composition = rule.DeclareComposition();
        return composition.WhyNoDirection.Length > 0 ? composition.WhyNoDirection
            : composition.EvaluatesObjective ? "it evaluates the objective itself"
            : composition.OwnPoint.Length > 0 ? $"it keeps {composition.OwnPoint}"
            : rule.DeclareInner() is not [var inner, ..] ? null
            : RuleTree.NumbersOf(rule).Any(number => number.Name == RuleTree.LearningRate) ? $"it steps some tensors by its {inner.Name}, {inner.Rule.GetType().Name}, at a rate of that rule's own; set its rates themselves"
            : "it holds another rule; take the direction of that";
    }

    private static Rule WithOwn(Rule rule, string name, double value) =>
        RuleTree.NumbersOf(rule).Any(number => number.Name == name) ? rule.Adjust("." + name, value) : rule;
}
