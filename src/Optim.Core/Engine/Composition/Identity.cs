using System.Numerics;
using Optim.Execution;

namespace Optim;

/// <summary>Leaves the update as it is: <c>u = g</c>. By itself, gradient descent with a learning rate of 1.</summary>
public sealed record Identity : Rule
{
    internal static RuleEntry Entry { get; } = new(
        "identity", "identity", "The update as it is.",
        () => new Identity())
    {
        Formula = """
            u = u
            """,
        Paper = "none",
        Definition = "our own",
    };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
    }
}
