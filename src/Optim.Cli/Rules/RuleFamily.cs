namespace Optim.Cli.Rules;

/// <summary>The kinds of rules, in the order of lists.</summary>
/// <param name="Name">As the registry has it: <see cref="RuleEntry.Family"/>.</param>
/// <param name="Title">The title.</param>
/// <param name="Text">What its rules have in common.</param>
internal sealed record RuleFamily(string Name, string Title, string Text)
{
    public static IReadOnlyList<RuleFamily> All { get; } =
    [
        new("FirstOrder", "Gradient descent and its relatives", "Steps along the gradient or its running mean, and rules that find the rate of such steps by themselves."),
        new("Adaptive", "Adaptive rates", "Each element, row or tensor has a rate of its own, from the magnitudes of its gradients."),
        new("Matrix", "Rules on matrices", "The gradient of a matrix is transformed as a matrix: orthogonalised, or multiplied by roots of its second moments."),
        new("OnObjective", "Rules that evaluate the objective", "A step evaluates the objective itself, more than once where it needs to: line searches, two-pass rules, random search."),
        new("Transforms", "Pieces", "Transforms of an update, to be chained: directions, clipping, decay, projections."),
        new("Wrappers", "Wrappers", "Rules around any other rule."),
        new("Groups", "Groups", "Which tensors a rule applies to, and which are exempt from decay."),
    ];

    /// <summary>The rules of the family: whole optimizers first, in the registry's order.</summary>
    public IEnumerable<RuleFacts> Rules => RuleFacts.Of(RuleRegistry.All.Where(entry => entry.Family == Name).OrderBy(entry => !entry.IsPreset));
}
