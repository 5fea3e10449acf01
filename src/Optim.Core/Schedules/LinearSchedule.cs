using System.Globalization;

namespace Optim;

/// <summary>A straight line: <c>start + (end - start) t / N</c> up to t = N, the end value after that.</summary>
/// <remarks>PyTorch's <c>LinearLR</c>, with values where that has factors.</remarks>
public sealed record LinearSchedule : Schedule
{
    /// <summary>Sets the line.</summary>
    /// <param name="startValue">The value at step 0; finite.</param>
    /// <param name="endValue">The value at step N and from there on; finite.</param>
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

    /// <summary>The value at the end and from there on.</summary>
    public double EndValue { get; }

    /// <summary>The steps from the one value to the other.</summary>
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
