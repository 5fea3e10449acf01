namespace Optim;

/// <summary>A scalar that a rule keeps between steps.</summary>
/// <param name="Name">The name under which it appears in <see cref="OptimizerState{T}.Scalars"/>.</param>
/// <param name="Initial">The value before the first step.</param>
public sealed record ScalarDeclaration(string Name, double Initial = 0)
{
    /// <summary>Whether it belongs to a schedule of the rule, not the rule itself.</summary>
    internal bool IsOfSchedule { get; init; }

    /// <summary>Whether it is a mere statistic that influences nothing.</summary>
    internal bool IsTally { get; init; }

    /// <summary>The position of a name, the last one since a wrapper may have a scalar of the same name, after its inner rule's; -1 if absent.</summary>
    internal static int Find(IReadOnlyList<ScalarDeclaration> declarations, string name)
    {
        int i = declarations.Count - 1;
        while (i >= 0 && declarations[i].Name != name)
        {
            i--;
        }

        return i;
    }

    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(ScalarDeclaration), PrintMembers);
}
