namespace Optim;

/// <summary>A rule on some tensors alone, here Adam's direction on matrices; the update of the others passes on.</summary>
/// <formula>u = inner(u) for the tensors taken; u = u for the others</formula>
/// <paper>none</paper>
/// <definition>optax.masked</definition>
/// <remarks>
/// A verb for pieces within a chain: weight decay on matrices alone, say. What passes is not held still: under a whole optimizer the gradients of the other
/// tensors would move them, at a rate of 1. To hold tensors still, <see cref="Freeze"/>; for a rule a group, <see cref="Partition"/>. Optax's <c>masked</c>
/// is the same verb. For the rule inside, the other tensors are empty. Slots: the other rule's, for the tensors taken. Where the rule inside sets parameters
/// (Lookahead), the difference becomes the update, which rounds; one that evaluates the objective is refused inside.
/// </remarks>
[RegisteredRule("masked", "masking", IsWrapper = true, IsElementwise = false, IsPerTensor = true)]
public sealed partial record Masked : TensorWrapper
{
    /// <summary><see cref="ScaleByAdam"/> with its defaults on matrices and higher ranks.</summary>
    public Masked()
        : this(new ScaleByAdam(), TensorSelector.OfRank(2, int.MaxValue).OrNone())
    {
    }

    /// <summary>A rule on some tensors.</summary>
    /// <param name="inner">The rule.</param>
    /// <param name="tensors">Which tensors it sees.</param>
    public Masked(Rule inner, TensorSelector tensors)
        : base(inner, tensors)
    {
    }

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
