using System.Diagnostics.CodeAnalysis;

namespace Optim;

/// <summary>A pure function from the step to a value. Any hyperparameter may be one.</summary>
/// <remarks>
/// The step is the number of steps taken before: the first step of a run is evaluated at 0. A number converts to a constant schedule.
/// Schedules are immutable and compared by value. The values have the same bits on every machine.
/// All of them are listed in docs/schedules.md.
/// </remarks>
[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicFields | DynamicallyAccessedMemberTypes.NonPublicFields)]
public abstract partial record Schedule
{
    /// <summary>A number as a schedule.</summary>
    /// <param name="value">The value at every step.</param>
    public static implicit operator Schedule(double value) => new ConstantSchedule(value);

    /// <summary>The value at a step.</summary>
    /// <param name="step">The number of steps taken before; 0 or more.</param>
    public abstract double At(long step);

    /// <summary>Whether both have the same type and equal members. A derived class that is not a record, as in F#, is compared by its fields.</summary>
    /// <param name="other">Another schedule.</param>
    public virtual bool Equals(Schedule? other) => ReferenceEquals(this, other)
        || (other is not null && EqualityContract == other.EqualityContract && SubclassFields.Equal(this, other, EqualityContract));

    /// <inheritdoc/>
    public override int GetHashCode() => SubclassFields.Hash(this, EqualityContract);

    /// <summary>The name and the members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(GetType().Name, PrintMembers);

    /// <summary>The schedules that this one is made of. None by default.</summary>
    internal virtual IReadOnlyList<Schedule> DeclareInner() => [];

    /// <summary>The scalars that the schedule keeps between steps; none unless it, or a part of it, depends on the loss.</summary>
    internal virtual IReadOnlyList<ScalarDeclaration> DeclareScalars() => [.. DeclareInner().SelectMany(inner => inner.DeclareScalars())];

    /// <summary>The value at a step of a run; a composite evaluates each of its parts with that part's scalars.</summary>
    /// <param name="step">The number of steps taken before; 0 or more.</param>
    /// <param name="scalars">The declared scalars; null outside a run.</param>
    internal virtual double At(long step, ScheduleScalars? scalars) => At(step);
}
