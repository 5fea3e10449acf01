namespace Optim;

/// <summary>When <see cref="Optimizer.Minimize{T}"/> stops: as soon as one of these holds.</summary>
public sealed record StopConditions
{
    /// <summary>The most steps to take; 0 or more. Default 1000.</summary>
    public long MaxSteps
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value, nameof(MaxSteps));
            field = value;
        }
    }

    = 1000;

    /// <summary>The gradient's Euclidean norm is at most this; 0 or more. Default 1e-8.</summary>
    public double GradientTolerance { get; init => field = Constraint.NonNegative.Check(value); } = 1e-8;

    /// <summary>
    /// The loss changes by at most this times max(1, |loss|), for <see cref="Patience"/> steps in a row; 0 or more. Default 0: the loss does not change at all.
    /// </summary>
    public double LossTolerance { get; init => field = Constraint.NonNegative.Check(value); }

    /// <summary>The number of steps in a row for <see cref="LossTolerance"/>; 1 or more. Default 10.</summary>
    public long Patience
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(Patience));
            field = value;
        }
    }

    = 10;

    /// <summary>The loss is at most this. Default null: no target.</summary>
    public double? TargetLoss { get; init => field = value is { } v ? Constraint.Finite.Check(v) : null; }

    /// <summary>Whether the gradient is left out of account, for objectives that have none (<see cref="Objective.WithoutGradient{T}"/>). Default false.</summary>
    public bool GradientFree { get; init; }

    /// <summary>Ends the run between two steps. Default: never.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>A copy with another <see cref="MaxSteps"/>.</summary>
    /// <param name="value">The value.</param>
    public StopConditions WithMaxSteps(long value) => this with { MaxSteps = value };

    /// <summary>A copy with another <see cref="GradientTolerance"/>.</summary>
    /// <param name="value">The value.</param>
    public StopConditions WithGradientTolerance(double value) => this with { GradientTolerance = value };

    /// <summary>A copy with another <see cref="LossTolerance"/>.</summary>
    /// <param name="value">The value.</param>
    public StopConditions WithLossTolerance(double value) => this with { LossTolerance = value };

    /// <summary>A copy with another <see cref="Patience"/>.</summary>
    /// <param name="value">The value.</param>
    public StopConditions WithPatience(long value) => this with { Patience = value };

    /// <summary>A copy with another <see cref="TargetLoss"/>.</summary>
    /// <param name="value">The value.</param>
    public StopConditions WithTargetLoss(double? value) => this with { TargetLoss = value };

    /// <summary>A copy with another <see cref="GradientFree"/>.</summary>
    /// <param name="value">The value.</param>
    public StopConditions WithGradientFree(bool value) => this with { GradientFree = value };

    /// <summary>A copy with another <see cref="Cancellation"/>.</summary>
    /// <param name="value">The value.</param>
    public StopConditions WithCancellation(CancellationToken value) => this with { Cancellation = value };

    internal ExitReason? Reason(long steps, double loss, double gradientNorm, long calmSteps) =>
        !double.IsFinite(loss) || !(GradientFree || double.IsFinite(gradientNorm)) ? ExitReason.NonFinite
        : loss <= TargetLoss ? ExitReason.TargetLossReached
        : gradientNorm <= GradientTolerance && !GradientFree ? ExitReason.GradientBelowTolerance
        : calmSteps >= Patience ? ExitReason.LossChangeBelowTolerance
        : Cancellation.IsCancellationRequested ? ExitReason.Cancelled
        : steps >= MaxSteps ? ExitReason.MaxStepsReached
        : null;
}

/// <summary>Why <see cref="Optimizer.Minimize{T}"/> took no further step.</summary>
public enum ExitReason
{
    /// <summary>All steps allowed were taken.</summary>
    MaxStepsReached,

    /// <summary>The gradient is small: a stationary point.</summary>
    GradientBelowTolerance,

    /// <summary>The loss has stopped changing.</summary>
    LossChangeBelowTolerance,

    /// <summary>The loss is low enough.</summary>
    TargetLossReached,

    /// <summary>The loss or the gradient is NaN or infinite; the parameters are those that gave it.</summary>
    NonFinite,

    /// <summary>The caller asked to stop.</summary>
    Cancelled,
}
