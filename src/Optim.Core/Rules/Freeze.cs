using System.Numerics;
using Optim.Execution;

namespace Optim;

/// <summary>Holds some tensors still: the rule inside sees the others alone, and the tensors frozen never move, whatever their gradients hold.</summary>
/// <remarks>
/// Not the same as <see cref="Masked"/>, which lets the other tensors' gradients pass. Weight decay does not reach what is frozen, nor do its gradients reach
/// a norm inside. PyTorch's users set <c>requires_grad = False</c>. Slots: the other rule's, for the tensors that move.
/// Where the rule inside sets parameters (Lookahead), the difference becomes the update, which rounds; it cannot evaluate the objective.
/// </remarks>
public sealed record Freeze : Rule
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
    {
        Inner = inner;
        Tensors = tensors;
    }

    /// <summary>The rule that moves the others.</summary>
    public Rule Inner
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value, nameof(Inner));
            field = value;
        }
    }

    /// <summary>The tensors held still.</summary>
    public TensorSelector Tensors
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value, nameof(Tensors));
            field = value;
        }
    }

    internal static RuleEntry Entry { get; } = new(
        "freeze", "freezing", "Some tensors held still, here none; a rule, here Adam, moves the others.",
        () => new Freeze())
    {
        IsWrapper = true,
        IsElementwise = false,
        IsPerTensor = true,
        Formula = "p = p for the tensors frozen; p = inner(p, g) for the others",
        Paper = "none",
        Definition = "optax.set_to_zero on a partition; PyTorch's requires_grad = False",
    };

    /// <summary>A copy with another <see cref="Inner"/>.</summary>
    /// <param name="value">The value.</param>
    public Freeze WithInner(Rule value) => this with { Inner = value };

    /// <summary>A copy with other <see cref="Tensors"/>.</summary>
    /// <param name="value">The value.</param>
    public Freeze WithTensors(TensorSelector value) => this with { Tensors = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [.. Inner.DeclareSlots().Select(slot => slot.For(Tensors.Misses))];

    /// <inheritdoc/>
    public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => Inner.AllScalars();

    /// <inheritdoc/>
    public override IReadOnlyList<InnerRule> DeclareInner() => [new("inner", Inner)];

    /// <inheritdoc/>
    public override Rule ReplaceInner(IReadOnlyList<Rule> rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        return this with { Inner = rules[0] };
    }

    /// <inheritdoc/>
    public override void Validate() => Inner.Validate();

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.PrepareFor(Still, Tensors.Matches);
        plan.PrepareFor(Inner, Tensors.Misses);
    }

    /// <inheritdoc/>
    public override TensorSet<T> EvaluationParameters<T>(StateView<T> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return Part.Of(state.Parameters.Layout, Tensors.Misses).EvaluationParameters(state, Inner, 0, 0);
    }
}

/// <summary>No update.</summary>
internal sealed record Rest : Rule
{
    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan) => plan.Apply(default(RestFormula<T>));
}
