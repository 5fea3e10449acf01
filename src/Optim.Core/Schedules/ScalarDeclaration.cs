using System.Globalization;

namespace Optim;

/// <summary>A scalar that a rule keeps between steps.</summary>
/// <param name="Name">The name under which it appears in <see cref="OptimizerState{T}.Scalars"/>.</param>
/// <param name="Initial">The value before the first step.</param>
public sealed record ScalarDeclaration(string Name, double Initial = 0)
{
    /// <summary>Whether it belongs to a schedule of the rule, not the rule itself.</summary>
    internal bool IsOfSchedule { get; init; }

    /// <summary>Whether it is a mere statistic that influences nothing.</summary>
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

    /// <summary>The position of a name, the last one since a wrapper may have a scalar of the same name, after its inner rule's; -1 if absent.</summary>
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
