namespace Optim;

/// <content>Schedule combinators.</content>
public abstract partial record Schedule
{
    /// <summary>The product at each step; see <see cref="ProductSchedule"/>.</summary>
    /// <param name="left">The first schedule.</param>
    /// <param name="right">The other; a number is a constant.</param>
    public static Schedule operator *(Schedule left, Schedule right) => new ProductSchedule(left, right);

    /// <summary>The sum at each step; see <see cref="SumSchedule"/>.</summary>
    /// <param name="left">The first schedule.</param>
    /// <param name="right">The other; a number is a constant.</param>
    public static Schedule operator +(Schedule left, Schedule right) => new SumSchedule(left, right);

    /// <summary>The product with a number at each step.</summary>
    /// <param name="left">The schedule.</param>
    /// <param name="right">The number.</param>
    public static Schedule operator *(Schedule left, double right) => left * Constant(right);

    /// <summary>The product with a number at each step.</summary>
    /// <param name="left">The number.</param>
    /// <param name="right">The schedule.</param>
    public static Schedule operator *(double left, Schedule right) => Constant(left) * right;

    /// <summary>The quotient by a number at each step: the product with 1 / <paramref name="right"/>, which is rounded.</summary>
    /// <param name="left">The schedule.</param>
    /// <param name="right">The number; finite, not 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number, or 1 divided by it, is not finite.</exception>
    public static Schedule operator /(Schedule left, double right)
    {
        ArgumentNullException.ThrowIfNull(left);
        return left.Scale(1 / Constraint.Finite.Check(right, nameof(right)));
    }

    /// <summary>The sum with a number at each step.</summary>
    /// <param name="left">The schedule.</param>
    /// <param name="right">The number.</param>
    public static Schedule operator +(Schedule left, double right) => left + Constant(right);

    /// <summary>The sum with a number at each step.</summary>
    /// <param name="left">The number.</param>
    /// <param name="right">The schedule.</param>
    public static Schedule operator +(double left, Schedule right) => Constant(left) + right;

    /// <summary>The difference at each step.</summary>
    /// <param name="left">The first schedule.</param>
    /// <param name="right">The other.</param>
    public static Schedule operator -(Schedule left, Schedule right) => left + -right;

    /// <summary>The difference to a number at each step.</summary>
    /// <param name="left">The schedule.</param>
    /// <param name="right">The number.</param>
    public static Schedule operator -(Schedule left, double right) => left + -right;

    /// <summary>A number's difference to the schedule at each step: <c>1 - schedule</c>.</summary>
    /// <param name="left">The number.</param>
    /// <param name="right">The schedule.</param>
    public static Schedule operator -(double left, Schedule right) => left + -right;

    /// <summary>The negative at each step.</summary>
    /// <param name="schedule">The schedule.</param>
    public static Schedule operator -(Schedule schedule) => schedule * -1;

    /// <summary>Followed by a number from a step on; see <see cref="JoinSchedule"/>.</summary>
    /// <param name="next">The number.</param>
    /// <param name="afterSteps">Its first step; 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="afterSteps"/> is below 0.</exception>
    public Schedule Then(double next, long afterSteps) => Then(Constant(next), afterSteps);

    /// <summary>Followed by another schedule from a step on, which starts at its own step 0; see <see cref="JoinSchedule"/>.</summary>
    /// <param name="next">The other schedule.</param>
    /// <param name="afterSteps">Its first step; 0 or more.</param>
    /// <returns>A single join if either is a join already, so that joining is associative; without the parts of this one that would begin later.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="afterSteps"/> is below 0.</exception>
    public Schedule Then(Schedule next, long afterSteps)
    {
        ArgumentNullException.ThrowIfNull(next);
        Constraint.CheckSteps(afterSteps, 0, nameof(afterSteps));

        // Another join's milestones must not leave the range of steps.
        var first = this as JoinSchedule ?? new JoinSchedule([this], []);
        var second = next is JoinSchedule join && join.Milestones.All(milestone => milestone <= long.MaxValue - afterSteps)
            ? join
            : new JoinSchedule([next], []);
        int begun = first.Milestones.Count(milestone => milestone <= afterSteps);
        return new JoinSchedule(
            [.. first.Parts.Take(begun + 1), .. second.Parts],
            [.. first.Milestones.Take(begun), afterSteps, .. second.Milestones.Select(milestone => afterSteps + milestone)]);
    }

    /// <summary>A warmup before this schedule; see <see cref="WarmupSchedule"/>.</summary>
    /// <param name="warmupSteps">The warmup steps, after which this schedule starts at its step 0; 0 for none.</param>
    /// <param name="curve">The shape of the warmup. Default <see cref="WarmupCurve.Linear"/>.</param>
    /// <param name="startValue">The first value; null, the default, for this schedule's first value divided by the warmup steps.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public Schedule AfterWarmup(long warmupSteps, WarmupCurve curve = WarmupCurve.Linear, double? startValue = null) =>
        new WarmupSchedule(this, warmupSteps, curve, startValue);

    /// <summary>This schedule clamped to bounds; see <see cref="ClampSchedule"/>.</summary>
    /// <param name="low">The lower bound.</param>
    /// <param name="high">The upper bound.</param>
    /// <exception cref="ArgumentOutOfRangeException">A bound is not finite, or <paramref name="low"/> is above <paramref name="high"/>.</exception>
    public Schedule Clamp(double low, double high) => new ClampSchedule(this, low, high);

    /// <summary>This schedule delayed by some steps, with its first value until then; or, for a negative number, advanced; see <see cref="ShiftSchedule"/>.</summary>
    /// <param name="steps">The delay in steps.</param>
    /// <returns>A single shift by the sum if this is a shift already.</returns>
    public Schedule Shift(long steps) => this is ShiftSchedule shift
        ? new ShiftSchedule(shift.Body, (long)Int128.Clamp((Int128)shift.Steps + steps, long.MinValue, long.MaxValue))
        : new ShiftSchedule(this, steps);

    /// <summary>This schedule times a number.</summary>
    /// <param name="factor">The number; finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is not finite.</exception>
    public Schedule Scale(double factor) => new ProductSchedule(this, Constraint.Finite.Check(factor, nameof(factor)));
}
