namespace Optim;

/// <summary>A rule around another: what decides when the other steps, on what, or what becomes of its step.</summary>
/// <remarks>
/// The wrapper's slots come before or after the other's, as <see cref="OwnSlotsFirst"/> says; its scalars come after the other's. To write one, derive a
/// record and override <see cref="Rule.Prepare{T}"/>, which prepares the other by <c>plan.Prepare(Inner)</c> or passes over it by <c>plan.Skip(Inner)</c>.
/// </remarks>
public abstract record Wrapper : Rule
{
    /// <summary>Sets the rule inside.</summary>
    /// <param name="inner">The rule, a chain perhaps.</param>
    protected Wrapper(Rule inner) => Inner = inner;

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

    /// <summary>Whether <see cref="DeclareOwnSlots"/> come before the other rule's, because they are used before them. Default false.</summary>
    protected virtual bool OwnSlotsFirst => false;

    /// <inheritdoc/>
    public sealed override IReadOnlyList<SlotDeclaration> DeclareSlots() =>
        OwnSlotsFirst ? [.. DeclareOwnSlots(), .. Inner.DeclareSlots()] : [.. Inner.DeclareSlots(), .. DeclareOwnSlots()];

    internal sealed override long CountSlots() => RuleTree.SlotCount(Inner) + CountOwnSlots();

    /// <inheritdoc/>
    public sealed override IReadOnlyList<ScalarDeclaration> DeclareScalars() => [.. Inner.AllScalars(), .. DeclareOwnScalars()];

    /// <inheritdoc/>
    public sealed override IReadOnlyList<InnerRule> DeclareInner() => [new("inner", Inner)];

    /// <inheritdoc/>
    public override Rule ReplaceInner(IReadOnlyList<Rule> rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        return this with { Inner = rules[0] };
    }

    /// <inheritdoc/>
    public override TensorSet<T> EvaluationParameters<T>(StateView<T> state) => InnerParameters(state);

    /// <summary>The parameters that the rule inside would evaluate a model with.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="state">What this rule sees of the state.</param>
    protected TensorSet<T> InnerParameters<T>(StateView<T> state)
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(state);
        return state.EvaluationParameters(Inner, OwnSlotsFirst ? DeclareOwnSlots().Count : 0, 0, InnerClock(state.Step, state.Scalar));
    }

    /// <summary>What is pending inside a wrapper that hands on a gradient of 0 as it is, and so a flush.</summary>
    private protected (long Gathered, long Missing) PendingInside(long clock, ReadOnlySpan<double> scalars)
    {
        var declarations = AllScalars();
        double[] values = scalars.ToArray();
        return Inner.PendingAt(InnerClock(clock, name => values[ScalarDeclaration.Find(declarations, name)]), scalars[..Inner.AllScalars().Count]);
    }

    /// <summary>The slots the wrapper keeps itself. None by default.</summary>
    protected virtual IReadOnlyList<SlotDeclaration> DeclareOwnSlots() => [];

    private protected virtual long CountOwnSlots() => DeclareOwnSlots().Count;

    /// <summary>The scalars the wrapper keeps itself. None by default.</summary>
    protected virtual IReadOnlyList<ScalarDeclaration> DeclareOwnScalars() => [];
}
