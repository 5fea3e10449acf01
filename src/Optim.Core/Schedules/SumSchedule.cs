namespace Optim;

/// <summary>The sum of two schedules at each step.</summary>
public sealed record SumSchedule : Schedule
{
    /// <summary>Adds two schedules.</summary>
    /// <param name="left">The first schedule.</param>
    /// <param name="right">The second schedule.</param>
    public SumSchedule(Schedule left, Schedule right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        Left = left;
        Right = right;
    }

    /// <summary>The first schedule.</summary>
    public Schedule Left { get; }

    /// <summary>The second schedule.</summary>
    public Schedule Right { get; }

    /// <inheritdoc/>
    public override double At(long step) => At(step, null);

    /// <summary>Both schedules.</summary>
    public override string ToString() => $"({Left} + {Right})";

    internal override IReadOnlyList<Schedule> DeclareInner() => [Left, Right];

    internal override double At(long step, ScheduleScalars? scalars) =>
        Left.At(step, scalars) + Right.At(step, scalars?.From(Left.DeclareScalars().Count));
}
