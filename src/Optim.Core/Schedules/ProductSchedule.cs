namespace Optim;

/// <summary>The product of two schedules at each step.</summary>
/// <remarks>PyTorch's <c>ChainedScheduler</c>, if both are stepped together.</remarks>
public sealed record ProductSchedule : Schedule
{
    /// <summary>Multiplies two schedules.</summary>
    /// <param name="left">The first factor.</param>
    /// <param name="right">The second factor.</param>
    public ProductSchedule(Schedule left, Schedule right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        Left = left;
        Right = right;
    }

    /// <summary>The first factor.</summary>
    public Schedule Left { get; }

    /// <summary>The second factor.</summary>
    public Schedule Right { get; }

    /// <inheritdoc/>
    public override double At(long step) => At(step, null);

    /// <summary>Both factors.</summary>
    public override string ToString() => $"({Left} * {Right})";

    internal override IReadOnlyList<Schedule> DeclareInner() => [Left, Right];

    internal override double At(long step, ScheduleScalars? scalars) =>
        Left.At(step, scalars) * Right.At(step, scalars?.From(Left.DeclareScalars().Count));
}
