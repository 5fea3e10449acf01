namespace Optim;

/// <summary>A rule that another rule holds, and the name it is known by there.</summary>
/// <param name="Name">The first part of a hyperparameter's path: <c>inner</c>, <c>rules[0]</c>, <c>group[1]</c>.</param>
/// <param name="Rule">The rule.</param>
public sealed record InnerRule(string Name, Rule Rule)
{
    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(InnerRule), PrintMembers);
}
