using System.Globalization;
using Optim.Lanes;

namespace Optim;

/// <summary>A cooldown, steep at first: <c>end + (value - end) (1 - (t / N)^power)</c> up to t = N, the end value after that.</summary>
/// <remarks>With a power of 1/2 the 1-sqrt cooldown of Haegele et al. 2024, "Scaling Laws and Compute-Optimal Training Beyond Fixed Training Durations": steep at first. <see cref="PolynomialSchedule"/> is the mirror image.</remarks>
public sealed record RootDecaySchedule : Schedule
{
    /// <summary>Sets the cooldown.</summary>
    /// <param name="value">The value at step 0; finite.</param>
    /// <param name="totalSteps">N; 1 or more.</param>
    /// <param name="power">The power, more than 0. Default 1/2.</param>
    /// <param name="endValue">The value from step N on; finite. Default 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public RootDecaySchedule(double value, long totalSteps, double power = 0.5, double endValue = 0)
    {
        Value = Constraint.Finite.Check(value, nameof(value));
        TotalSteps = Constraint.CheckSteps(totalSteps, 1, nameof(totalSteps));
        Power = Constraint.Positive.Check(power, nameof(power));
        EndValue = Constraint.Finite.Check(endValue, nameof(endValue));
    }

    /// <summary>The value at step 0.</summary>
    public double Value { get; }

    /// <summary>The steps of the cooldown.</summary>
    public long TotalSteps { get; }

    /// <summary>The power.</summary>
    public double Power { get; }

    /// <summary>The final value.</summary>
    public double EndValue { get; }

    /// <inheritdoc/>
    public override double At(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        double done = step >= TotalSteps ? 1 : Exact.Power((double)step / TotalSteps, Power);
        return Anneal.Between(Value, EndValue, done, 1 - done);
    }

    /// <summary>The values given.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"RootDecay({Value} to {EndValue} in {TotalSteps} steps, power {Power})");
}
