using System.Globalization;

namespace Optim;

/// <summary>Interpolation between points, in straight lines or half cosines; constant before the first and after the last.</summary>
/// <remarks>In straight lines NumPy's <c>interp</c> at the step.</remarks>
public sealed record PiecewiseSchedule : Schedule
{
    private readonly ValueList<long> steps;
    private readonly ValueList<double> values;

    /// <summary>Sets the points.</summary>
    /// <param name="steps">The points' steps: 0 or more, ascending, at least one. Copied.</param>
    /// <param name="values">The value at each of them; finite. Copied.</param>
    /// <param name="strategy">How it goes from one to the next. Default linear.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    /// <exception cref="ArgumentException">The steps do not ascend, or there are not as many values as steps.</exception>
    public PiecewiseSchedule(IEnumerable<long> steps, IEnumerable<double> values, AnnealStrategy strategy = AnnealStrategy.Linear)
    {
        ArgumentNullException.ThrowIfNull(steps);
        ArgumentNullException.ThrowIfNull(values);
        this.steps = Constraint.CheckAscending(steps, 0, repeats: false, nameof(steps));
        Strategy = Constraint.CheckDefined(strategy, nameof(strategy));
        this.values = new(values.Select(value => Constraint.Finite.Check(value, nameof(values))));
        if (this.steps.Count == 0 || this.steps.Count != this.values.Count)
        {
            throw new ArgumentException(
                FormattableString.Invariant($"{nameof(values)} must hold one value for each of {nameof(steps)}, at least one, was {this.values.Count} for {this.steps.Count}."),
                nameof(values));
        }
    }

    /// <summary>The points' steps.</summary>
    public IReadOnlyList<long> Steps => steps;

    /// <summary>The value at each of them.</summary>
    public IReadOnlyList<double> Values => values;

    /// <summary>How it goes from one point to the next.</summary>
    public AnnealStrategy Strategy { get; }

    /// <inheritdoc/>
    public override double At(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        int next = steps.CountUpTo(step);
        return next == 0 ? values[0]
            : next == steps.Count ? values[^1]
            : Strategy == AnnealStrategy.Linear ? Anneal.Between(values[next - 1], values[next], step - steps[next - 1], steps[next] - steps[next - 1])
            : Anneal.Along(values[next - 1], values[next], Anneal.CosineLeft((double)(step - steps[next - 1]) / (steps[next] - steps[next - 1])));
    }

    /// <summary>The points.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"Piecewise({(Strategy == AnnealStrategy.Linear ? "" : "half cosines, ")}{string.Join(", ", steps.Zip(values, (step, value) => string.Create(CultureInfo.InvariantCulture, $"{step}: {value}")))})");
}
