namespace Optim;

/// <summary>The inputs of an <see cref="ElementRule"/>'s function: one step at one element.</summary>
public sealed class ElementStep : FunctionStep
{
    private readonly ElementRule rule;

    internal ElementStep(ElementRule rule, long clock, Func<double> loss)
        : base(rule, clock, loss) => this.rule = rule;

    /// <summary>The gradient, or the preceding rule's update.</summary>
    public Term Gradient { get; } = Term.Gradient;

    /// <summary>The parameter before this step.</summary>
    public Term Parameter { get; } = Term.Parameter;

    /// <summary>A slot before this step.</summary>
    /// <param name="slot">The name the rule declared.</param>
    /// <exception cref="KeyNotFoundException">The rule declares no such slot.</exception>
    public Term this[string slot] => Term.OfSlot(rule.IndexOf(slot));

    /// <summary>Sets the update: subtracted from the parameter, or passed to the next rule.</summary>
    /// <param name="term">The update.</param>
    public ElementUpdate Update(Term term)
    {
        ArgumentNullException.ThrowIfNull(term);
        return new(rule, term, new Term?[rule.Slots.Count]);
    }
}

/// <summary>The result of an <see cref="ElementRule"/>'s function: the update and the new slots. Immutable.</summary>
public sealed class ElementUpdate
{
    private readonly ElementRule rule;
    private readonly Term?[] kept;

    internal ElementUpdate(ElementRule rule, Term update, Term?[] kept)
    {
        this.rule = rule;
        this.kept = kept;
        Update = update;
    }

    internal Term Update { get; }

    internal ReadOnlySpan<Term?> Kept => kept;

    /// <summary>The same with a new value for a slot. Slots not mentioned keep their values.</summary>
    /// <param name="slot">The name the rule declared.</param>
    /// <param name="term">The value.</param>
    /// <exception cref="KeyNotFoundException">The rule declares no such slot.</exception>
    public ElementUpdate Keep(string slot, Term term)
    {
        ArgumentNullException.ThrowIfNull(term);
        Term?[] copy = [.. kept];
        copy[rule.IndexOf(slot)] = term;
        return new(rule, Update, copy);
    }
}
