using System.Globalization;

namespace Optim;

/// <summary>A schedule clamped to bounds: <c>min(max(value, low), high)</c>.</summary>
public sealed record ClampSchedule : Schedule
{
    /// <summary>Sets the bounds.</summary>
    /// <param name="body">The schedule.</param>
    /// <param name="low">The lower bound; finite.</param>
    /// <param name="high">The upper bound, finite; <paramref name="low"/> or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A bound is out of its range.</exception>
    public ClampSchedule(Schedule body, double low, double high)
    {
        ArgumentNullException.ThrowIfNull(body);
        Body = body;
        Low = Constraint.Finite.Check(low, nameof(low));
        High = Constraint.Finite.Check(high, nameof(high));
        if (low > high)
        {
            throw new ArgumentOutOfRangeException(
                nameof(high), string.Create(CultureInfo.InvariantCulture, $"{nameof(high)} must be {nameof(low)}, {low}, or more, was {high}."));
        }
    }

    /// <summary>The schedule.</summary>
    public Schedule Body { get; }

    /// <summary>The lower bound.</summary>
    public double Low { get; }

    /// <summary>The upper bound.</summary>
    public double High { get; }

    /// <inheritdoc/>
    public override double At(long step) => At(step, null);

    /// <summary>The schedule and the bounds.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"Clamp({Body}, {Low} to {High})");

    internal override IReadOnlyList<Schedule> DeclareInner() => [Body];

    internal override double At(long step, ScheduleScalars? scalars) => Math.Clamp(Body.At(step, scalars), Low, High);
}
