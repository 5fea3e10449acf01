using System.Globalization;
using Optim.Lanes;

namespace Optim;

/// <summary>Inverse-time decay: <c>value / (1 + k t / decaySteps)^power</c>.</summary>
/// <remarks>
/// With power 1, TensorFlow's <c>InverseTimeDecay</c>, which satisfies the conditions of Robbins and Monro 1951; with 1/2 the inverse
/// square root of transformers; with any, Caffe's <c>inv</c>. It never ends, and tends to 0.
/// </remarks>
public sealed record InverseTimeSchedule : Schedule
{
    /// <summary>Sets the decay.</summary>
    /// <param name="value">The value at step 0; finite.</param>
    /// <param name="decayRate">k; 0 or more.</param>
    /// <param name="decaySteps">The steps per unit of time, 1 or more. Default 1.</param>
    /// <param name="power">The power, 0 or more. Default 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public InverseTimeSchedule(double value, double decayRate, long decaySteps = 1, double power = 1)
    {
        Value = Constraint.Finite.Check(value, nameof(value));
        DecayRate = Constraint.NonNegative.Check(decayRate, nameof(decayRate));
        DecaySteps = Constraint.CheckSteps(decaySteps, 1, nameof(decaySteps));
        Power = Constraint.NonNegative.Check(power, nameof(power));
    }

    /// <summary>The value at step 0.</summary>
    public double Value { get; }

    /// <summary>k.</summary>
    public double DecayRate { get; }

    /// <summary>The steps per unit of time.</summary>
    public long DecaySteps { get; }

    /// <summary>The power.</summary>
    public double Power { get; }

    /// <inheritdoc/>
    public override double At(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        double grown = 1 + (DecayRate * ((double)step / DecaySteps));
        return Value / (Power switch { 1 => grown, 0.5 => Math.Sqrt(grown), _ => Exact.Power(grown, Power) });
    }

    /// <summary>The values given.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"InverseTime({Value}, rate {DecayRate} per {DecaySteps} steps, power {Power})");
}
