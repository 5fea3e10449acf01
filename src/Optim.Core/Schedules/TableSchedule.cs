using System.Globalization;

namespace Optim;

/// <summary>A table with a value for each step; the last one holds afterwards.</summary>
/// <remarks>For rates from another source, such as a recording.</remarks>
public sealed record TableSchedule : Schedule
{
    private readonly double[] values;

    /// <summary>Sets the values.</summary>
    /// <param name="values">The values of step 0, 1, ...; at least one. Copied.</param>
    /// <exception cref="ArgumentException">There are no values.</exception>
    public TableSchedule(IEnumerable<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        this.values = [.. values];
        if (this.values.Length == 0)
        {
            throw new ArgumentException($"{nameof(values)} must hold at least one value, was empty.", nameof(values));
        }
    }

    /// <summary>The values of step 0, 1, ...</summary>
    public IReadOnlyList<double> Values => values.AsReadOnly();

    /// <inheritdoc/>
    public override double At(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        return values[Math.Min(step, values.Length - 1)];
    }

    /// <inheritdoc/>
    public bool Equals(TableSchedule? other) => other is not null && values.AsSpan().SequenceEqual(other.values);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(values.Length, values[0], values[^1]);

    /// <summary>The number of values, the first and the last.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"Table({values.Length} values, {values[0]} to {values[^1]})");
}
