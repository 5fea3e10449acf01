using System.Globalization;

namespace Optim;

/// <summary>
/// The original Transformer's: <c>factor d^(-1/2) min(s^(-1/2), s W^(-3/2))</c> with s = t + 1: up linearly for W steps, then down with the
/// inverse square root.
/// </summary>
/// <remarks>Vaswani et al. 2017, named after Noam Shazeer. Its peak, <c>factor / sqrt(d W)</c>, is at step W - 1. It never ends.</remarks>
public sealed record NoamSchedule : Schedule
{
    /// <summary>Sets the schedule.</summary>
    /// <param name="modelSize">d, the width of the model; 1 or more.</param>
    /// <param name="warmupSteps">W, 1 or more. Default 4000, the paper's.</param>
    /// <param name="factor">A factor for all values; finite. Default 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public NoamSchedule(int modelSize, long warmupSteps = 4000, double factor = 1)
    {
        ModelSize = Constraint.CheckCount(modelSize, name: nameof(modelSize));
        WarmupSteps = Constraint.CheckSteps(warmupSteps, 1, nameof(warmupSteps));
        Factor = Constraint.Finite.Check(factor, nameof(factor));
    }

    /// <summary>The width of the model.</summary>
    public int ModelSize { get; }

    /// <summary>The warmup steps.</summary>
    public long WarmupSteps { get; }

    /// <summary>A factor for all values.</summary>
    public double Factor { get; }

    /// <inheritdoc/>
    public override double At(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        double peak = Factor / Math.Sqrt((double)ModelSize * WarmupSteps), time = (step + 1.0) / WarmupSteps;
        return step < WarmupSteps ? peak * time : peak / Math.Sqrt(time);
    }

    /// <summary>The values given.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"Noam(factor {Factor}, model size {ModelSize}, warmup {WarmupSteps} steps)");
}
