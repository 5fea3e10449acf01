using System.Globalization;

namespace Optim;

/// <summary>Linear warmup, then half-cosine decay to <see cref="EndValue"/>, constant after that.</summary>
/// <remarks>
/// With W warmup steps of N total steps: <c>start + (peak - start) (t + 1) / W</c> for t &lt; W with a start of 0, so that the first
/// value is peak / W (an explicit start is itself the first value: <c>start + (peak - start) t / W</c>);
/// <c>end + (peak - end) (1 + cos(pi (t - W) / (N - W))) / 2</c> from t = W, which is the peak, to t = N; the end value after that
/// (PyTorch's <c>CosineAnnealingLR</c> rises again). Source: Loshchilov and Hutter 2017 (SGDR) for the cosine, Goyal et al. 2017 for the warmup.
/// </remarks>
public sealed record WarmupCosineSchedule : Schedule
{
    /// <summary>Sets the schedule.</summary>
    /// <param name="peak">The value at the peak; finite.</param>
    /// <param name="warmupSteps">W, the steps of the rise; 0 for none.</param>
    /// <param name="totalSteps">N, the total steps; more than W.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public WarmupCosineSchedule(double peak, long warmupSteps, long totalSteps)
    {
        Peak = Constraint.Finite.Check(peak, nameof(peak));
        ArgumentOutOfRangeException.ThrowIfNegative(warmupSteps);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(totalSteps, warmupSteps);
        WarmupSteps = warmupSteps;
        TotalSteps = totalSteps;
    }

    /// <summary>The value at the peak.</summary>
    public double Peak { get; }

    /// <summary>The warmup steps.</summary>
    public long WarmupSteps { get; }

    /// <summary>The total steps.</summary>
    public long TotalSteps { get; }

    /// <summary>The value after <see cref="TotalSteps"/>. Default 0.</summary>
    public double EndValue { get; init => field = Constraint.Finite.Check(value); }

    /// <summary>The very first value of the warmup; null (the default) for peak / W.</summary>
    public double? StartValue { get; init => field = value is { } v ? Constraint.Finite.Check(v) : null; }

    /// <summary>A copy with another <see cref="EndValue"/>.</summary>
    /// <param name="value">The value.</param>
    public WarmupCosineSchedule WithEndValue(double value) => this with { EndValue = value };

    /// <summary>A copy with another <see cref="StartValue"/>.</summary>
    /// <param name="value">The value.</param>
    public WarmupCosineSchedule WithStartValue(double? value) => this with { StartValue = value };

    /// <inheritdoc/>
    public override double At(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        if (step < WarmupSteps)
        {
            return StartValue is { } start ? Anneal.Between(start, Peak, step, WarmupSteps) : Anneal.Between(0, Peak, step + 1, WarmupSteps);
        }

        return step < TotalSteps
            ? Anneal.Along(Peak, EndValue, Anneal.CosineLeft((double)(step - WarmupSteps) / (TotalSteps - WarmupSteps)))
            : EndValue;
    }

    /// <summary>The values given.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"WarmupCosine(peak {Peak}, warmup {WarmupSteps} of {TotalSteps} steps, from {StartValue ?? (WarmupSteps > 0 ? Peak / WarmupSteps : Peak)}, to {EndValue})");
}
