using System.Numerics;
using Optim.Execution;

namespace Optim;

/// <summary>A rule on some tensors alone; the update of the others passes on as it came: <c>u = inner(g)</c> for the tensors taken, <c>u = g</c> for the others.</summary>
/// <remarks>
/// A verb for pieces within a chain: weight decay on matrices alone, say. What passes is not held still: under a whole optimizer the gradients of the other
/// tensors would move them, at a rate of 1. To hold tensors still, <see cref="Freeze"/>; for a rule a group, <see cref="Partition"/>. Optax's <c>masked</c> is the same verb.
/// For the rule inside, the other tensors are empty. Slots: the other rule's, for the tensors taken. Where the rule inside sets parameters (Lookahead), the
/// difference becomes the update, which rounds; it cannot evaluate the objective.
/// </remarks>
public sealed record Masked : TensorWrapper
{
    /// <summary><see cref="ScaleByAdam"/> with its defaults on matrices and higher ranks.</summary>
    public Masked()
        : this(new ScaleByAdam(), TensorSelector.OfRank(2, int.MaxValue))
    {
    }

    /// <summary>A rule on some tensors.</summary>
    /// <param name="inner">The rule.</param>
    /// <param name="tensors">Which tensors it sees.</param>
    public Masked(Rule inner, TensorSelector tensors)
        : base(inner, tensors)
    {
    }

    internal static RuleEntry Entry { get; } = new(
        "masked", "masking", "A rule on some tensors alone, here Adam's direction on matrices; the update of the others passes on.",
        () => new Masked())
    {
        IsWrapper = true,
        IsElementwise = false,
        IsPerTensor = true,
        Formula = "u = inner(u) for the tensors taken; u = u for the others",
        Paper = "none",
        Definition = "optax.masked",
    };

    /// <summary>A copy with another <see cref="TensorWrapper.Inner"/>.</summary>
    /// <param name="value">The value.</param>
    public Masked WithInner(Rule value) => this with { Inner = value };

    /// <summary>A copy with other <see cref="TensorWrapper.Tensors"/>.</summary>
    /// <param name="value">The value.</param>
    public Masked WithTensors(TensorSelector value) => this with { Tensors = value };

    internal override Func<TensorShape, bool> Seen => Tensors.Matches;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.PrepareFor(Inner, Seen);
    }
}
