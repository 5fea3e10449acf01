using System.Globalization;

namespace Optim;

/// <summary>REX: <c>end + (value - end) (1 - z) / (1 - z / 2)</c> with z = t / N up to t = N, the end value after that.</summary>
/// <remarks>Chen, Wolfe and Kyrillidis 2022, "REX: Revisiting Budgeted Training with an Improved Schedule": slower than a straight line at first, then faster.</remarks>
public sealed record RexSchedule : Schedule
{
    /// <summary>Sets the decay.</summary>
    /// <param name="value">The value at step 0; finite.</param>
    /// <param name="totalSteps">N; 1 or more.</param>
    /// <param name="endValue">The value from step N on; finite. Default 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public RexSchedule(double value, long totalSteps, double endValue = 0)
    {
        Value = Constraint.Finite.Check(value, nameof(value));
        TotalSteps = Constraint.CheckSteps(totalSteps, 1, nameof(totalSteps));
        EndValue = Constraint.Finite.Check(endValue, nameof(endValue));
    }

    /// <summary>The value at step 0.</summary>
    public double Value { get; }

    /// <summary>The steps of the decay.</summary>
    public long TotalSteps { get; }

    /// <summary>The final value.</summary>
    public double EndValue { get; }

    /// <inheritdoc/>
    public override double At(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        double left = step >= TotalSteps ? 0 : (double)(TotalSteps - step) / TotalSteps;
        return Anneal.Along(Value, EndValue, left / (0.5 + (left / 2)));
    }

    /// <summary>The values given.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"Rex({Value} to {EndValue} in {TotalSteps} steps)");
}
