using System.Diagnostics.CodeAnalysis;
using Optim.Values;

namespace Optim.Tuning;

/// <summary>Decides whether to stop a trial early: a pure function of it and the others.</summary>
[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicFields | DynamicallyAccessedMemberTypes.NonPublicFields)]
public abstract record Pruner
{
    /// <summary>No pruning.</summary>
    public static Pruner None { get; } = new Patient();

    /// <summary>Whether to prune a trial.</summary>
    /// <param name="trial">The trial, including the report just made.</param>
    /// <param name="others">The other trials, including running ones.</param>
    public abstract bool ShouldPrune(TrialRecord trial, IReadOnlyList<TrialRecord> others);

    /// <summary>Whether both have the same type and equal members. A derived class that is not a record, as in F#, is compared by its fields.</summary>
    /// <param name="other">Another pruner.</param>
    public virtual bool Equals(Pruner? other) => ReferenceEquals(this, other)
        || (other is not null && EqualityContract == other.EqualityContract && SubclassFields.Equal(this, other, EqualityContract));

    /// <inheritdoc/>
    public override int GetHashCode() => SubclassFields.Hash(this, EqualityContract);

    /// <summary>The name and the members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(GetType().Name, PrintMembers);

    private sealed record Patient : Pruner
    {
        public override bool ShouldPrune(TrialRecord trial, IReadOnlyList<TrialRecord> others) => false;

        public override string ToString() => "None";
    }
}
