using System.Globalization;
using Optim.Lanes;

namespace Optim;

/// <summary>Exponential decay: <c>value gamma^t</c>.</summary>
/// <remarks>
/// PyTorch's <c>ExponentialLR</c>. It never ends; with gamma above 1 it saturates at the largest finite number. With a rate instead of a
/// factor: <see cref="NaturalExponentialSchedule"/>.
/// </remarks>
public sealed record ExponentialSchedule : Schedule
{
    /// <summary>Sets the value and the factor.</summary>
    /// <param name="value">The value at step 0; finite.</param>
    /// <param name="gamma">The factor of each step; 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public ExponentialSchedule(double value, double gamma)
    {
        Value = Constraint.Finite.Check(value, nameof(value));
        Gamma = Constraint.NonNegative.Check(gamma, nameof(gamma));
    }

    /// <summary>The value at step 0.</summary>
    public double Value { get; }

    /// <summary>The factor of each step.</summary>
    public double Gamma { get; }

    /// <inheritdoc/>
    public override double At(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        return Anneal.Scaled(Value, Exact.Power(Gamma, step));
    }

    /// <summary>The values given.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"Exponential({Value}, times {Gamma} each step)");
}
