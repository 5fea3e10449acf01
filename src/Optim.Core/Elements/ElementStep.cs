using Optim.Lanes;

namespace Optim;

/// <summary>The inputs of an <see cref="ElementRule"/>'s function: one step at one element.</summary>
public sealed class ElementStep
{
    private readonly ElementRule rule;
    private readonly Func<double> loss;

    internal ElementStep(ElementRule rule, long clock, Func<double> loss)
    {
        this.rule = rule;
        this.loss = loss;
        Clock = clock;
    }

    /// <summary>The gradient, or the preceding rule's update.</summary>
    public Term Gradient { get; } = Term.Gradient;

    /// <summary>The parameter before this step.</summary>
    public Term Parameter { get; } = Term.Parameter;

    /// <summary>The number of steps taken before this one: where schedules are evaluated.</summary>
    public long Clock { get; }

    /// <summary>This step's number, from 1: the exponent of bias corrections.</summary>
    public long Step => Clock + 1;

    /// <summary>The rule's <see cref="ElementRule.LearningRate"/> at this step.</summary>
    /// <exception cref="InvalidOperationException">The rule has none.</exception>
    public double LearningRate => rule.LearningRate is { } rate
        ? Constraint.NonNegative.At(rate, Clock, nameof(LearningRate))
        : throw new InvalidOperationException($"The rule '{rule.Name}' asks for its learning rate and has none: set {nameof(ElementRule.LearningRate)}.");

    /// <summary>The loss at the parameters.</summary>
    /// <exception cref="ArgumentException">The step was not given one.</exception>
    public double Loss => loss();

    /// <summary>A slot before this step.</summary>
    /// <param name="slot">The name the rule declared.</param>
    /// <exception cref="KeyNotFoundException">The rule declares no such slot.</exception>
    public Term this[string slot] => Term.OfSlot(rule.IndexOf(slot));

    /// <summary><c>1 - beta^t</c>, t this step's number: the divisor of a mean that started at 0. Exact at any step, also late ones.</summary>
    /// <param name="beta">The mean's factor, in [0, 1).</param>
    /// <exception cref="ArgumentOutOfRangeException">It is out of range.</exception>
    public double BiasCorrection(double beta)
    {
        Constraint.UnitInterval.Check(beta, nameof(beta));
        return Exact.OneMinusPower(beta, Step);
    }

    /// <summary>A schedule's value at this step.</summary>
    /// <param name="schedule">The schedule.</param>
    public double At(Schedule schedule)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        return schedule.At(Clock);
    }

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
