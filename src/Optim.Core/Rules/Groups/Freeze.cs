namespace Optim;

/// <summary>Some tensors held still, here none; a rule, here Adam, moves the others.</summary>
/// <formula>p = p for the tensors frozen; p = inner(p, g) for the others</formula>
/// <paper>none</paper>
/// <definition>optax.set_to_zero on a partition; PyTorch's requires_grad = False</definition>
/// <remarks>
/// Not the same as <see cref="Masked"/>, which lets the other tensors' gradients pass. Weight decay does not reach what is frozen, nor do its gradients reach
/// a norm inside. PyTorch's users set <c>requires_grad = False</c>. Slots: the other rule's, for the tensors that move. Where the rule inside sets parameters
/// (Lookahead), the difference becomes the update, which rounds; one that evaluates the objective is refused inside.
/// </remarks>
[RegisteredRule("freeze", "freezing", IsWrapper = true, IsElementwise = false, IsPerTensor = true)]
public sealed partial record Freeze : TensorWrapper
{
    private static readonly Rest Still = new();

    /// <summary>Nothing held still, under <see cref="Adam"/> with its defaults.</summary>
    public Freeze()
        : this(new Adam(), TensorSelector.None)
    {
    }

    /// <summary>Tensors held still.</summary>
    /// <param name="inner">The rule that moves the others.</param>
    /// <param name="tensors">Which tensors are held still.</param>
    public Freeze(Rule inner, TensorSelector tensors)
        : base(inner, tensors)
    {
    }

    /// <summary>A copy with other <see cref="TensorWrapper.Tensors"/>.</summary>
    /// <param name="value">The value.</param>
    public Freeze WithTensors(TensorSelector value) => this with { Tensors = value };

    internal override Func<TensorShape, bool> Seen => Tensors.Misses;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.PrepareFor(Still, Tensors.Matches);
        plan.PrepareFor(Inner, Seen);
    }
}

/// <summary>No update.</summary>
internal sealed record Rest : Rule
{
    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan) => plan.Apply(default(RestFormula<T>));
}
