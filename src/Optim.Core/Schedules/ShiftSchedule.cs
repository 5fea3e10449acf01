using System.Globalization;

namespace Optim;

/// <summary>A schedule that is delayed, holding its first value until then, or advanced: <c>body(max(0, t - steps))</c>.</summary>
public sealed record ShiftSchedule : Schedule
{
    /// <summary>Shifts a schedule in time.</summary>
    /// <param name="body">The schedule.</param>
    /// <param name="steps">The delay in steps; if negative, the number of its steps already over at step 0.</param>
    public ShiftSchedule(Schedule body, long steps)
    {
        ArgumentNullException.ThrowIfNull(body);
        Body = body;
        Steps = steps;
    }

    /// <summary>The schedule.</summary>
    public Schedule Body { get; }

    /// <summary>The delay in steps.</summary>
    public long Steps { get; }

    /// <inheritdoc/>
    public override double At(long step) => At(step, null);

    /// <summary>The schedule and the steps.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"Shift({Body}, {Steps} steps)");

    internal override IReadOnlyList<Schedule> DeclareInner() => [Body];

    internal override double At(long step, ScheduleScalars? scalars)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        return Body.At((long)Int128.Clamp((Int128)step - Steps, 0, long.MaxValue), scalars);
    }
}
