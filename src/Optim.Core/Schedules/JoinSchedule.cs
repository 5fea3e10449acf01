using System.Globalization;

namespace Optim;

/// <summary>Schedules in sequence, each starting at its own step 0: part i from milestone i - 1 on.</summary>
/// <remarks>PyTorch's <c>SequentialLR</c>, whose parts share a base value; these have their own. The last part never ends.</remarks>
public sealed record JoinSchedule : Schedule
{
    private readonly ValueList<Schedule> parts;
    private readonly ValueList<long> milestones;

    /// <summary>Joins schedules.</summary>
    /// <param name="parts">The schedules; at least one. Copied.</param>
    /// <param name="milestones">The step at which each part but the first begins: 0 or more, ascending, repeats allowed (the part between them is skipped). Copied.</param>
    /// <exception cref="ArgumentOutOfRangeException">A milestone is out of its range.</exception>
    /// <exception cref="ArgumentException">The milestones do not ascend, or their number is not one less than that of the parts.</exception>
    public JoinSchedule(IEnumerable<Schedule> parts, IEnumerable<long> milestones)
    {
        ArgumentNullException.ThrowIfNull(parts);
        ArgumentNullException.ThrowIfNull(milestones);
        this.parts = new(parts);
        this.milestones = Constraint.CheckAscending(milestones, 0, repeats: true, nameof(milestones));
        if (this.parts.Any(part => part is null))
        {
            throw new ArgumentNullException(nameof(parts), $"{nameof(parts)} must hold schedules, was null at one place.");
        }

        if (this.milestones.Count != this.parts.Count - 1)
        {
            throw new ArgumentException(
                FormattableString.Invariant($"{nameof(milestones)} must hold one step for each part but the first, was {this.milestones.Count} for {this.parts.Count} parts."),
                nameof(milestones));
        }
    }

    /// <summary>The schedules.</summary>
    public IReadOnlyList<Schedule> Parts => parts;

    /// <summary>The step at which each part but the first begins.</summary>
    public IReadOnlyList<long> Milestones => milestones;

    /// <inheritdoc/>
    public override double At(long step) => At(step, null);

    /// <summary>The parts and their starts.</summary>
    public override string ToString() => string.Concat(parts.Select((part, i) =>
        i == 0 ? $"Join({part}" : string.Create(CultureInfo.InvariantCulture, $", from step {milestones[i - 1]} {part}"))) + ")";

    internal override IReadOnlyList<Schedule> DeclareInner() => Parts;

    internal override double At(long step, ScheduleScalars? scalars)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        int part = milestones.CountUpTo(step);
        return parts[part].At(
            part == 0 ? step : step - milestones[part - 1],
            scalars?.From(parts.Take(part).Sum(before => before.DeclareScalars().Count)));
    }
}
