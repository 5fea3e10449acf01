using System.Globalization;
using Optim.Lanes;

namespace Optim;

/// <summary>Natural exponential decay: <c>value e^(-k t)</c>.</summary>
/// <remarks>The textbook exponential decay; TensorFlow 1's <c>natural_exp_decay</c>. It never ends, and tends to 0.</remarks>
public sealed record NaturalExponentialSchedule : Schedule
{
    /// <summary>Sets the value and the rate.</summary>
    /// <param name="value">The value at step 0; finite.</param>
    /// <param name="decayRate">k, the decay rate per step; 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public NaturalExponentialSchedule(double value, double decayRate)
    {
        Value = Constraint.Finite.Check(value, nameof(value));
        DecayRate = Constraint.NonNegative.Check(decayRate, nameof(decayRate));
    }

    /// <summary>The value at step 0.</summary>
    public double Value { get; }

    /// <summary>k, the decay rate per step.</summary>
    public double DecayRate { get; }

    /// <inheritdoc/>
    public override double At(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        return Value * Exact.ExponentialOfProduct(-DecayRate, step);
    }

    /// <summary>The values given.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"NaturalExponential({Value}, rate {DecayRate})");
}
