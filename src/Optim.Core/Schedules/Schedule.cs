namespace Optim;

/// <summary>A pure function from the step to a value. Any hyperparameter may be one.</summary>
/// <remarks>
/// The step is the number of steps taken before: the first step of a run is evaluated at 0. A number converts to a constant schedule.
/// Schedules are immutable and compared by value. The values have the same bits on every machine.
/// </remarks>
public abstract record Schedule
{
    /// <summary>A number as a schedule.</summary>
    /// <param name="value">The value at every step.</param>
    public static implicit operator Schedule(double value) => new ConstantSchedule(value);

    /// <summary>The same value at every step.</summary>
    /// <param name="value">The value.</param>
    public static Schedule Constant(double value) => new ConstantSchedule(value);

    /// <summary>Up in a straight line, down along half a cosine; see <see cref="WarmupCosineSchedule"/>.</summary>
    /// <param name="peak">The value at the top.</param>
    /// <param name="warmupSteps">The steps of the rise; 0 for none.</param>
    /// <param name="totalSteps">The steps of rise and fall together; more than <paramref name="warmupSteps"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static Schedule WarmupCosine(double peak, long warmupSteps, long totalSteps) =>
        new WarmupCosineSchedule(peak, warmupSteps, totalSteps);

    /// <summary>A value for each step; see <see cref="TableSchedule"/>.</summary>
    /// <param name="values">The values of step 0, 1, ...; the last one holds from there on.</param>
    /// <exception cref="ArgumentException">There are no values.</exception>
    public static Schedule Table(IEnumerable<double> values) => new TableSchedule(values);

    /// <summary>The value at a step.</summary>
    /// <param name="step">The number of steps taken before; 0 or more.</param>
    public abstract double At(long step);
}
