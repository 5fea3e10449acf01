using System.Globalization;
using System.Numerics;
using System.Text;
using Optim.Execution;

namespace Optim;

/// <summary>
/// What to do with a gradient, as data: an immutable record of hyperparameters, compared by value, free of arrays and of element types.
/// </summary>
/// <remarks>
/// A rule turns a gradient into an update, and <see cref="Optimizer"/> subtracts that update from the parameters; so a rule without a
/// learning rate still descends. Rules compose with <see cref="Then"/>. To write one, derive a record, declare its slots, and
/// override <see cref="Prepare{T}"/>.
/// </remarks>
public abstract record Rule
{
    /// <summary>This rule, then another on its update.</summary>
    /// <param name="next">Receives this rule's update as its gradient.</param>
    public Rule Then(Rule next)
    {
        ArgumentNullException.ThrowIfNull(next);
        return new Chain(this, next);
    }

    /// <summary>The slots the rule keeps, in the order in which <see cref="Prepare{T}"/> uses them. None by default.</summary>
    public virtual IReadOnlyList<SlotDeclaration> DeclareSlots() => [];

    /// <summary>The scalars the rule keeps. None by default.</summary>
    public virtual IReadOnlyList<ScalarDeclaration> DeclareScalars() => [];

    /// <summary>Refuses hyperparameters that do not go together; each alone was checked when it was set.</summary>
    /// <exception cref="ArgumentException">Two hyperparameters contradict each other.</exception>
    public virtual void Validate()
    {
    }

    /// <summary>Writes the rule's formulas at one step into the plan, with their scalars computed in double.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="plan">The step's plan: the clock, the inputs, the scalars; it takes the formulas.</param>
    public abstract void Prepare<T>(Plan<T> plan)
        where T : unmanaged, IFloatingPointIeee754<T>;

    /// <summary>The parameters to evaluate a model with; for most rules the iterate itself.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="parameters">The iterate, at which gradients are taken.</param>
    /// <param name="slots">The rule's slots, in the order declared.</param>
    /// <param name="step">The number of steps taken.</param>
    public virtual TensorSet<T> EvaluationParameters<T>(TensorSet<T> parameters, IReadOnlyList<TensorSet<T>> slots, long step)
        where T : unmanaged, IFloatingPointIeee754<T> => parameters;

    /// <summary>The rule's name and its hyperparameters, numbers in the invariant culture.</summary>
    public sealed override string ToString()
    {
        // The compiler's PrintMembers formats with the current culture, which flows with this call alone.
        var culture = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        try
        {
            var text = new StringBuilder(GetType().Name).Append(" { ");
            return (PrintMembers(text) ? text.Append(' ') : text).Append('}').ToString();
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }
}
