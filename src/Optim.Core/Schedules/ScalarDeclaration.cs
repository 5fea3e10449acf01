using System.Globalization;

namespace Optim;

/// <summary>A number that a rule keeps between steps.</summary>
/// <param name="Name">The name under which it appears in <see cref="OptimizerState{T}.Scalars"/>.</param>
/// <param name="Initial">The value before the first step.</param>
public sealed record ScalarDeclaration(string Name, double Initial = 0)
{
    /// <summary>Whether a schedule of the rule keeps it, not the rule itself.</summary>
    internal bool IsOfSchedule { get; init; }

    /// <summary>Whether it counts what has happened and decides nothing.</summary>
    internal bool IsTally { get; init; }

    /// <summary>The largest it can be, where it counts: a whole number from 0 to this, and never more than the steps taken for <see cref="long.MaxValue"/>. Null for any number.</summary>
    internal long? Largest { get; init; }

    /// <summary>Refuses a value that no step leads to: it would be counted by.</summary>
    /// <param name="value">The value.</param>
    /// <param name="stepCount">The steps taken.</param>
    /// <exception cref="ArgumentOutOfRangeException">It counts, and is no whole number in its range.</exception>
    internal void Require(double value, long stepCount)
    {
        long most = Largest == long.MaxValue ? stepCount : Largest ?? 0;
        if (Largest is not null && !(value >= 0 && value <= most && value == Math.Floor(value)))
        {
            throw new ArgumentOutOfRangeException(Name, string.Create(CultureInfo.InvariantCulture, $"{Name} must be a whole number from 0 to {most}, was {value}."));
        }
    }

    /// <summary>Where a name stands; a rule around others may keep a scalar of the same name, and its own come last. -1 where it does not.</summary>
    internal static int Find(IReadOnlyList<ScalarDeclaration> declarations, string name)
    {
        int i = declarations.Count - 1;
        while (i >= 0 && declarations[i].Name != name)
        {
            i--;
        }

        return i;
    }

    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(ScalarDeclaration), PrintMembers);
}
