using System.Globalization;
using Optim.Lanes;

namespace Optim;

/// <summary>Step decay at equal intervals: <c>value gamma^floor(t / stepSize)</c>.</summary>
/// <remarks>PyTorch's <c>StepLR</c>. It never ends.</remarks>
public sealed record StepSchedule : Schedule
{
    /// <summary>Sets the decay.</summary>
    /// <param name="value">The value of the first interval; finite.</param>
    /// <param name="stepSize">The steps per interval; 1 or more.</param>
    /// <param name="gamma">The factor between intervals, 0 or more. Default 0.1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public StepSchedule(double value, long stepSize, double gamma = 0.1)
    {
        Value = Constraint.Finite.Check(value, nameof(value));
        StepSize = Constraint.CheckSteps(stepSize, 1, nameof(stepSize));
        Gamma = Constraint.NonNegative.Check(gamma, nameof(gamma));
    }

    /// <summary>The value of the first interval.</summary>
    public double Value { get; }

    /// <summary>The steps per interval.</summary>
    public long StepSize { get; }

    /// <summary>The factor between intervals.</summary>
    public double Gamma { get; }

    /// <inheritdoc/>
    public override double At(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        return Anneal.Scaled(Value, Exact.Power(Gamma, step / StepSize));
    }

    /// <summary>The values given.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"Step({Value}, times {Gamma} every {StepSize} steps)");
}
