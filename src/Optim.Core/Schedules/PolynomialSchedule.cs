using System.Globalization;
using Optim.Lanes;

namespace Optim;

/// <summary>Polynomial decay: <c>end + (value - end) (1 - t / N)^power</c> up to t = N, the end value after that.</summary>
/// <remarks>PyTorch's <c>PolynomialLR</c>, whose end value is 0; TensorFlow's <c>PolynomialDecay</c>.</remarks>
public sealed record PolynomialSchedule : Schedule
{
    /// <summary>Sets the decay.</summary>
    /// <param name="value">The value at step 0; finite.</param>
    /// <param name="totalSteps">N; 1 or more.</param>
    /// <param name="power">The power, more than 0. Default 1, linear.</param>
    /// <param name="endValue">The value from step N on; finite. Default 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public PolynomialSchedule(double value, long totalSteps, double power = 1, double endValue = 0)
    {
        Value = Constraint.Finite.Check(value, nameof(value));
        TotalSteps = Constraint.CheckSteps(totalSteps, 1, nameof(totalSteps));
        Power = Constraint.Positive.Check(power, nameof(power));
        EndValue = Constraint.Finite.Check(endValue, nameof(endValue));
    }

    /// <summary>The value at step 0.</summary>
    public double Value { get; }

    /// <summary>The steps of the decay.</summary>
    public long TotalSteps { get; }

    /// <summary>The power.</summary>
    public double Power { get; }

    /// <summary>The final value.</summary>
    public double EndValue { get; }

    /// <inheritdoc/>
    public override double At(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        return Power == 1 || step >= TotalSteps
            ? Anneal.Between(Value, EndValue, step, TotalSteps)
            : Anneal.Along(Value, EndValue, Exact.Power((double)(TotalSteps - step) / TotalSteps, Power));
    }

    /// <summary>The values given.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"Polynomial({Value} to {EndValue} in {TotalSteps} steps, power {Power})");
}
