using System.Globalization;

namespace Optim;

/// <summary>Linear interpolation: <c>start + (end - start) t / N</c> up to t = N, the end value after that.</summary>
/// <remarks>PyTorch's <c>LinearLR</c>, with values instead of factors.</remarks>
public sealed record LinearSchedule : Schedule
{
    /// <summary>Sets the line.</summary>
    /// <param name="startValue">The value at step 0; finite.</param>
    /// <param name="endValue">The value from step N on; finite.</param>
    /// <param name="totalSteps">N; 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public LinearSchedule(double startValue, double endValue, long totalSteps)
    {
        StartValue = Constraint.Finite.Check(startValue, nameof(startValue));
        EndValue = Constraint.Finite.Check(endValue, nameof(endValue));
        TotalSteps = Constraint.CheckSteps(totalSteps, 1, nameof(totalSteps));
    }

    /// <summary>The value at step 0.</summary>
    public double StartValue { get; }

    /// <summary>The final value.</summary>
    public double EndValue { get; }

    /// <summary>The number of steps between the two values.</summary>
    public long TotalSteps { get; }

    /// <inheritdoc/>
    public override double At(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        return Anneal.Between(StartValue, EndValue, step, TotalSteps);
    }

    /// <summary>The values given.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"Linear({StartValue} to {EndValue} in {TotalSteps} steps)");
}
