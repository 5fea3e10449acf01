namespace Optim.Execution;

/// <summary>Which rule a plan is speaking with: its clock and loss, and where its scalars stand among the state's.</summary>
/// <param name="Rule">The rule; null before the first.</param>
/// <param name="Clock">The number of steps it has taken.</param>
/// <param name="Loss">The loss it is given.</param>
/// <param name="FirstScalar">The first of its scalars among the state's.</param>
/// <param name="Exempt">The tensors on which it leaves out its weight decay, and so do the rules inside it; null for none.</param>
internal readonly record struct Scope(Rule? Rule, long Clock, double? Loss, int FirstScalar, TensorSubset? Exempt = null)
{
    /// <summary>The scalars of the rule, those of the rules inside it first.</summary>
    public IReadOnlyList<ScalarDeclaration> Scalars => Rule?.AllScalars() ?? [];

    /// <summary>Where a scalar stands among the state's.</summary>
    /// <exception cref="InvalidOperationException">The rule declares no such scalar.</exception>
    public int IndexOf(string name) => ScalarDeclaration.Find(Scalars, name) is var i and >= 0
        ? FirstScalar + i
        : throw new InvalidOperationException($"No rule declares a scalar '{name}'.");
}
