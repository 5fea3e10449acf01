using System.Globalization;
using Optim.Lanes;

namespace Optim;

/// <summary>Step decay at given milestones: <c>value gamma^(how many milestones are at most t)</c>.</summary>
/// <remarks>PyTorch's <c>MultiStepLR</c>: a repeated milestone counts repeatedly. Constant after the last one.</remarks>
public sealed record MultiStepSchedule : Schedule
{
    private readonly ValueList<long> milestones;

    /// <summary>Sets the milestones.</summary>
    /// <param name="value">The value before the first milestone; finite.</param>
    /// <param name="milestones">The first step of each further interval: 1 or more, ascending, repeats allowed. Copied.</param>
    /// <param name="gamma">The factor at each milestone, 0 or more. Default 0.1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    /// <exception cref="ArgumentException">The milestones do not ascend.</exception>
    public MultiStepSchedule(double value, IEnumerable<long> milestones, double gamma = 0.1)
    {
        ArgumentNullException.ThrowIfNull(milestones);
        Value = Constraint.Finite.Check(value, nameof(value));
        this.milestones = Constraint.CheckAscending(milestones, 1, repeats: true, nameof(milestones));
        Gamma = Constraint.NonNegative.Check(gamma, nameof(gamma));
    }

    /// <summary>The value before the first milestone.</summary>
    public double Value { get; }

    /// <summary>The first step of each further interval.</summary>
    public IReadOnlyList<long> Milestones => milestones;

    /// <summary>The factor at each milestone.</summary>
    public double Gamma { get; }

    /// <inheritdoc/>
    public override double At(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        return Anneal.Scaled(Value, Exact.Power(Gamma, (long)milestones.CountUpTo(step)));
    }

    /// <summary>The values given.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"MultiStep({Value}, times {Gamma} at {milestones})");
}
