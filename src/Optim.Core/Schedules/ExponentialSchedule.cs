using System.Globalization;
using Optim.Lanes;

namespace Optim;

/// <summary>Exponential decay: <c>value gamma^(t / N)</c>, N 1 by default, or in stairs of N steps.</summary>
/// <remarks>
/// PyTorch's <c>ExponentialLR</c>. It never ends; with gamma above 1 it saturates at the largest finite number. With a rate instead of a
/// factor: <see cref="NaturalExponentialSchedule"/>.
/// </remarks>
public sealed record ExponentialSchedule : Schedule
{
    /// <summary>Sets the value and the factor.</summary>
    /// <param name="value">The value at step 0; finite.</param>
    /// <param name="gamma">The factor of each N steps; 0 or more.</param>
    /// <param name="decaySteps">N; 1 or more. Default 1.</param>
    /// <param name="staircase">Whether the value falls at every N-th step alone. Default false.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public ExponentialSchedule(double value, double gamma, long decaySteps = 1, bool staircase = false)
    {
        Value = Constraint.Finite.Check(value, nameof(value));
        Gamma = Constraint.NonNegative.Check(gamma, nameof(gamma));
        DecaySteps = Constraint.CheckSteps(decaySteps, 1, nameof(decaySteps));
        Staircase = staircase;
    }

    /// <summary>The value at step 0.</summary>
    public double Value { get; }

    /// <summary>The factor of each N steps.</summary>
    public double Gamma { get; }

    /// <summary>N.</summary>
    public long DecaySteps { get; }

    /// <summary>Whether the value falls at every N-th step alone.</summary>
    public bool Staircase { get; }

    /// <inheritdoc/>
    public override double At(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        bool isWhole = Staircase || step % DecaySteps == 0;
        return Anneal.Scaled(Value, isWhole ? Exact.Power(Gamma, step / DecaySteps) : Exact.Power(Gamma, (double)step / DecaySteps));
    }

    /// <summary>The values given.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"Exponential({Value}, times {Gamma} each {(DecaySteps == 1 ? "step" : string.Create(CultureInfo.InvariantCulture, $"{DecaySteps} steps{(Staircase ? ", in stairs" : "")}"))})");
}
