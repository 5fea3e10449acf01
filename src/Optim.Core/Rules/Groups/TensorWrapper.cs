namespace Optim;

/// <summary>A rule around another that sees some tensors alone; what becomes of the others is what its kinds differ in.</summary>
/// <remarks>
/// For the rule inside, the tensors it does not see are empty. Where it sets parameters (Lookahead), the difference becomes the update, which rounds; one
/// that evaluates the objective is refused. Slots and scalars: the other rule's.
/// </remarks>
public abstract record TensorWrapper : Rule
{
    /// <summary>Sets the rule inside and the tensors that are spoken of.</summary>
    /// <param name="inner">The rule, a chain perhaps.</param>
    /// <param name="tensors">The tensors.</param>
    protected TensorWrapper(Rule inner, TensorSelector tensors)
    {
        Inner = inner;
        Tensors = tensors;
    }

    /// <summary>The rule inside, a chain perhaps.</summary>
    public Rule Inner
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value, nameof(Inner));
            field = value;
        }
    }

    /// <summary>The tensors that are masked in, or frozen.</summary>
    public TensorSelector Tensors
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value, nameof(Tensors));
            field = value;
        }
    }

    /// <summary>Whether the rule inside sees a tensor; the same function at every step.</summary>
    internal abstract Func<TensorShape, bool> Seen { get; }

    internal sealed override Func<TensorShape, bool> SeenInside(int index) => Seen;

    internal sealed override IReadOnlyList<TensorSelector> Selectors => [Tensors];

    internal sealed override Rule WithSelectors(Func<TensorSelector, TensorSelector> change) => this with { Tensors = change(Tensors) };

    /// <inheritdoc/>
    public sealed override IReadOnlyList<SlotDeclaration> DeclareSlots() => [.. Inner.DeclareSlots().Select(slot => slot.For(Seen))];

    internal sealed override long CountSlots() => RuleTree.SlotCount(Inner);

    /// <inheritdoc/>
    public sealed override IReadOnlyList<ScalarDeclaration> DeclareScalars() => Inner.AllScalars();

    /// <inheritdoc/>
    public sealed override IReadOnlyList<InnerRule> DeclareInner() => [new("inner", Inner)];

    /// <inheritdoc/>
    public sealed override Rule ReplaceInner(IReadOnlyList<Rule> rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        return this with { Inner = rules[0] };
    }

    /// <inheritdoc/>
    public sealed override Composition DeclareComposition() => SomeTensors.Composition;

    /// <inheritdoc/>
    public sealed override TensorSet<T> EvaluationParameters<T>(StateView<T> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return TensorSubset.Of(state.Parameters.Layout, Seen).EvaluationParameters(state, Inner, 0, 0);
    }
}
