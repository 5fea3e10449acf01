using System.Text;
using Optim.Execution;

namespace Optim;

/// <summary>
/// A rule written as a function of one element, in any .NET language: from the gradient, the parameter and the slots at one element to the update and the
/// new slots.
/// </summary>
/// <remarks>
/// The function builds <see cref="Term"/>s; it runs once per step, and its terms are evaluated on lanes of every width, in float and in double, fused
/// with nothing. It must return the same terms for the same step. Its steps take three to seven times as long as those of a compiled formula
/// (measured: docs/testing-your-rule.md); a rule that must be faster implements <see cref="IFormula{T}"/>, which F# cannot. Two rules are equal when they have the
/// same name, slots, learning rate and function object.
/// </remarks>
public sealed record ElementRule : Rule
{
    /// <summary>The maximum number of slots.</summary>
    internal const int MostSlots = 8;

    private readonly Func<ElementStep, ElementUpdate> step;
    private readonly SlotDeclaration[] slots;

    /// <summary>Makes a rule from a function.</summary>
    /// <param name="name">The rule's name, in messages and files.</param>
    /// <param name="slots">The slots, of the parameters' shapes; at most 8.</param>
    /// <param name="step">From the inputs of one element to the update and the new slots.</param>
    /// <exception cref="ArgumentException">The name is empty, a slot's name occurs twice, there are too many, or one has a shape of its own.</exception>
    public ElementRule(string name, IEnumerable<SlotDeclaration> slots, Func<ElementStep, ElementUpdate> step)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(slots);
        ArgumentNullException.ThrowIfNull(step);
        Name = name;
        this.slots = [.. slots];
        this.step = step;
        if (this.slots.Length > MostSlots)
        {
            throw new ArgumentException(FormattableString.Invariant($"There must be at most {MostSlots} {nameof(slots)}, were {this.slots.Length}."), nameof(slots));
        }

        foreach (var slot in this.slots)
        {
            ArgumentNullException.ThrowIfNull(slot, nameof(slots));
            if (this.slots.Count(other => other.Name == slot.Name) > 1)
            {
                throw new ArgumentException($"Each of the {nameof(slots)} must have a name of its own, was '{slot.Name}' twice.", nameof(slots));
            }

            if (slot.Dimensions is not null || slot.OnDiagonal)
            {
                throw new ArgumentException($"The {nameof(slots)} of a function of one element must have the parameters' shapes, '{slot.Name}' has not.", nameof(slots));
            }
        }
    }

    /// <summary>The rule's name.</summary>
    public string Name { get; }

    /// <summary>The slots.</summary>
    public IReadOnlyList<SlotDeclaration> Slots => slots.AsReadOnly();

    /// <summary>lr, 0 or more, for a function that uses it (<see cref="ElementStep.LearningRate"/>); a number, a schedule, or null, the default, for none.</summary>
    public Schedule? LearningRate { get; init => field = value is null ? null : Constraint.NonNegative.Check(value); }

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public ElementRule WithLearningRate(Schedule? value) => this with { LearningRate = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => Slots;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var made = step(new(this, plan.Clock, () => plan.RequireLoss(Name)))
            ?? throw new InvalidOperationException($"The function of the rule '{Name}' must return an update, was null.");
        var program = TermProgram<T>.Of(made, Name);
        switch (slots.Length)
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
    public bool Equals(ElementRule? other) =>
        other is not null && Name == other.Name && step.Equals(other.step) && Equals(LearningRate, other.LearningRate)
        && slots.AsSpan().SequenceEqual(other.slots);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, step, LearningRate, slots.Length);

    internal int IndexOf(string slot)
    {
        ArgumentNullException.ThrowIfNull(slot);
        int i = Array.FindIndex(slots, declared => declared.Name == slot);
        return i >= 0 ? i : throw new KeyNotFoundException($"The rule '{Name}' has no slot '{slot}'; there are: {string.Join(", ", slots.Select(s => s.Name))}.");
    }

    /// <summary>Prints the name and the learning rate.</summary>
    /// <param name="builder">Takes the text.</param>
    protected override bool PrintMembers(StringBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Append("Name = ").Append(Name);
        if (LearningRate is not null)
        {
            builder.Append(", LearningRate = ").Append(LearningRate);
        }

        return true;
    }
}
