using System.ComponentModel;
using System.Runtime.CompilerServices;
using Optim.Execution;

namespace Optim;

/// <summary>
/// A rule written as a function of one element, in any .NET language: from the gradient, the parameter and the slots at one element to the update and the
/// new slots.
/// </summary>
/// <remarks>
/// The function builds <see cref="Term"/>s; it runs once per step, and its terms are evaluated on lanes of every width, in float and in double, fused
/// with nothing. It must return the same terms for the same step. Its steps take three to seven times as long as those of a compiled formula
/// (measured: docs/testing-your-rule.md); a rule that must be faster implements <see cref="IFormula{T}"/>, which F# cannot. A rule with norms or matrices is a <see cref="TensorRule"/>.
/// </remarks>
public sealed record ElementRule : FunctionRule
{
    /// <summary>The maximum number of slots.</summary>
    internal const int MostSlots = 8;

    private readonly Func<ElementStep, ElementUpdate> step;

    /// <summary>Makes a rule without slots from a function.</summary>
    /// <param name="name">The rule's name, in messages and files.</param>
    /// <param name="step">From the inputs of one element to the update.</param>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public ElementRule(string name, Func<ElementStep, ElementUpdate> step)
        : this(name, Enumerable.Empty<SlotDeclaration>(), step)
    {
    }

    /// <summary>The same constructor again, for the compiler of F#: see <see cref="NoValue"/>.</summary>
    /// <exclude/>
    [EditorBrowsable(EditorBrowsableState.Never)]
#pragma warning disable RS0026, RS0027 // Nobody gives the parameter.
    public ElementRule(string name, Func<ElementStep, ElementUpdate> step, NoValue? unused = null)
        : this(name, step)
    {
    }
#pragma warning restore RS0026, RS0027

    /// <summary>Makes a rule from a function.</summary>
    /// <param name="name">The rule's name, in messages and files.</param>
    /// <param name="slots">The slots, of the parameters' shapes; at most 8.</param>
    /// <param name="step">From the inputs of one element to the update and the new slots.</param>
    /// <exception cref="ArgumentException">The name is empty, a slot's name occurs twice, there are too many, or one has a shape of its own.</exception>
    [OverloadResolutionPriority(1)]
    public ElementRule(string name, IEnumerable<SlotDeclaration> slots, Func<ElementStep, ElementUpdate> step)
        : this(name, slots, Enumerable.Empty<Hyperparameter>(), step)
    {
    }

    /// <summary>Makes a rule from a function, with slots that begin at 0.</summary>
    /// <param name="name">The rule's name, in messages and files.</param>
    /// <param name="slots">The names of the slots; at most 8.</param>
    /// <param name="step">From the inputs of one element to the update and the new slots.</param>
    /// <param name="unused">Not given: see <see cref="NoValue"/>. An empty list of slots is then one of declarations.</param>
    /// <exception cref="ArgumentException">The name is empty, a slot's name occurs twice, or there are too many.</exception>
    public ElementRule(string name, IEnumerable<string> slots, Func<ElementStep, ElementUpdate> step, NoValue? unused = null)
        : this(name, Named(slots), Enumerable.Empty<Hyperparameter>(), step)
    {
    }

    /// <summary>Makes a rule with hyperparameters from a function.</summary>
    /// <param name="name">The rule's name, in messages and files.</param>
    /// <param name="slots">The slots, of the parameters' shapes; at most 8.</param>
    /// <param name="hyper">The hyperparameters beside the learning rate, which the function reads by <see cref="FunctionStep.Hyper"/>.</param>
    /// <param name="step">From the inputs of one element to the update and the new slots.</param>
    /// <exception cref="ArgumentException">The name is empty, the name of a slot or of a hyperparameter occurs twice, there are too many slots, or one has a shape of its own.</exception>
    [OverloadResolutionPriority(1)]
    public ElementRule(string name, IEnumerable<SlotDeclaration> slots, IEnumerable<Hyperparameter> hyper, Func<ElementStep, ElementUpdate> step)
        : base(name, slots, hyper)
    {
        ArgumentNullException.ThrowIfNull(step);
        this.step = step;
        if (Slots.Count > MostSlots)
        {
            throw new ArgumentException(FormattableString.Invariant($"There must be at most {MostSlots} {nameof(slots)}, were {Slots.Count}."), nameof(slots));
        }

        if (Slots.FirstOrDefault(slot => slot.Dimensions is not null || slot.OnDiagonal) is { } shaped)
        {
            throw new ArgumentException($"The {nameof(slots)} of a function of one element must have the parameters' shapes, '{shaped.Name}' has not.", nameof(slots));
        }
    }

    /// <summary>Makes a rule with hyperparameters from a function, as F# writes its pairs.</summary>
    /// <param name="name">The rule's name, in messages and files.</param>
    /// <param name="slots">The names of the slots, which begin at 0; at most 8.</param>
    /// <param name="hyper">The hyperparameters beside the learning rate, which the function reads by <see cref="FunctionStep.Hyper"/>.</param>
    /// <param name="step">From the inputs of one element to the update and the new slots.</param>
    /// <exception cref="ArgumentException">The name is empty, the name of a slot or of a hyperparameter occurs twice, or there are too many slots.</exception>
    public ElementRule(string name, IEnumerable<string> slots, IEnumerable<Tuple<string, double>> hyper, Func<ElementStep, ElementUpdate> step)
        : this(name, Named(slots), Named(hyper), step)
    {
    }

    /// <summary>A copy with another <see cref="FunctionRule.LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public ElementRule WithLearningRate(Schedule? value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="FunctionRule.LearningRate"/>, a number.</summary>
    /// <param name="value">The number.</param>
    public ElementRule WithLearningRate(double value) => this with { LearningRate = value };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var made = step(new(this, plan.Clock, () => plan.RequireLoss(Name)))
            ?? throw new InvalidOperationException($"The function of the rule '{Name}' must return an update, was null.");
        var program = TermProgram<T>.Of(made, Name);
        switch (Slots.Count)
        {
            case 0: plan.Apply(new ProgramFormula<T, Slots0>(program)); break;
            case 1: plan.Apply(new ProgramFormula<T, Slots1>(program)); break;
            case 2: plan.Apply(new ProgramFormula<T, Slots2>(program)); break;
            case 3: plan.Apply(new ProgramFormula<T, Slots3>(program)); break;
            case 4: plan.Apply(new ProgramFormula<T, Slots4>(program)); break;
            case 5: plan.Apply(new ProgramFormula<T, Slots5>(program)); break;
            case 6: plan.Apply(new ProgramFormula<T, Slots6>(program)); break;
            case 7: plan.Apply(new ProgramFormula<T, Slots7>(program)); break;
            default: plan.Apply(new ProgramFormula<T, Slots8>(program)); break;
        }
    }

    /// <inheritdoc/>
    public bool Equals(ElementRule? other) => base.Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => base.GetHashCode();
}
