namespace Optim;

/// <summary>When <see cref="Optimizer.Minimize{T}"/> stops: as soon as one of these holds.</summary>
public sealed record StopConditions
{
    /// <summary>The maximum number of steps; 0 or more. Default 1000.</summary>
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

    /// <summary>The gradient's Euclidean norm, within bounds (<see cref="LbfgsB"/>) that of the projected gradient, is at most this; 0 or more. Default 1e-8.</summary>
    public double GradientTolerance { get; init => field = Constraint.NonNegative.Check(value); } = 1e-8;

    /// <summary>
    /// The loss changes by at most this times max(1, |loss|), for <see cref="Patience"/> steps in a row; 0 or more. Default 0: the loss does not change at all.
    /// Steps that do not move the parameters do not count: the loss cannot change there.
    /// </summary>
    public double LossTolerance { get; init => field = Constraint.NonNegative.Check(value); }

    /// <summary>The number of steps in a row for <see cref="LossTolerance"/>, and of idle steps for <see cref="ExitReason.NoProgress"/>; 1 or more. Default 10.</summary>
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

    /// <summary>
    /// The loss is above this many times the best one so far, as in <see cref="LossMonitor.DivergenceFactor"/>; 1 or more. Default infinity: only non-finite
    /// values stop the run, as <see cref="ExitReason.NonFinite"/>.
    /// </summary>
    public double DivergenceFactor { get; init => field = Constraint.Growth.Check(value); } = double.PositiveInfinity;

    /// <summary>
    /// The number of consecutive divergent steps (including non-finite losses or gradients) that stop the run; 1 or more. Default 1. More gives a rule that
    /// recovers (<see cref="RollbackOnDivergence"/>, <see cref="ApplyIfFinite"/>) the time to do so.
    /// </summary>
    public long DivergencePatience { get; init => field = Constraint.CheckSteps(value, 1, nameof(DivergencePatience)); } = 1;

    /// <summary>The best loss has not improved by <see cref="MinImprovement"/> for this many consecutive steps; 1 or more. Default null: never.</summary>
    public long? StagnationPatience { get; init => field = value is { } v ? Constraint.CheckSteps(v, 1, nameof(StagnationPatience)) : null; }

    /// <summary>The minimum improvement for <see cref="StagnationPatience"/>, relative to max(1, |loss|) of the last improvement; 0 or more. Default 0: any.</summary>
    public double MinImprovement { get; init => field = Constraint.NonNegative.Check(value); }

    /// <summary>The loss is at most this. Default null: no target.</summary>
    public double? TargetLoss { get; init => field = value is { } v ? Constraint.Finite.Check(v) : null; }

    /// <summary>Whether the gradient is ignored, for objectives that have none (<see cref="Objective.WithoutGradient{T}"/>). Default false.</summary>
    public bool GradientFree { get; init; }

    /// <summary>
    /// Whether the objective may return different values at the same point: random minibatches, noise. Default false: it is evaluated once at each
    /// point, and the result is reused.
    /// </summary>
    public bool Stochastic { get; init; }

    /// <summary>The most points that are evaluated, 1 or more: never one more. Default null: no limit. A line search that is under way ends at the best point it has seen.</summary>
    public long? MaxEvaluations { get; init => field = value is { } v ? Constraint.CheckSteps(v, 1, nameof(MaxEvaluations)) : null; }

    /// <summary>Ends the run between two evaluations, as <see cref="MaxEvaluations"/> does. Default: never.</summary>
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

    /// <summary>A copy with another <see cref="DivergenceFactor"/>.</summary>
    /// <param name="value">The value.</param>
    public StopConditions WithDivergenceFactor(double value) => this with { DivergenceFactor = value };

    /// <summary>A copy with another <see cref="DivergencePatience"/>.</summary>
    /// <param name="value">The value.</param>
    public StopConditions WithDivergencePatience(long value) => this with { DivergencePatience = value };

    /// <summary>A copy with another <see cref="StagnationPatience"/>.</summary>
    /// <param name="value">The value.</param>
    public StopConditions WithStagnationPatience(long? value) => this with { StagnationPatience = value };

    /// <summary>A copy with another <see cref="MinImprovement"/>.</summary>
    /// <param name="value">The value.</param>
    public StopConditions WithMinImprovement(double value) => this with { MinImprovement = value };

    /// <summary>A copy with another <see cref="TargetLoss"/>.</summary>
    /// <param name="value">The value.</param>
    public StopConditions WithTargetLoss(double? value) => this with { TargetLoss = value };

    /// <summary>A copy with another <see cref="GradientFree"/>.</summary>
    /// <param name="value">The value.</param>
    public StopConditions WithGradientFree(bool value) => this with { GradientFree = value };

    /// <summary>A copy with another <see cref="Stochastic"/>.</summary>
    /// <param name="value">The value.</param>
    public StopConditions WithStochastic(bool value) => this with { Stochastic = value };

    /// <summary>A copy with another <see cref="MaxEvaluations"/>.</summary>
    /// <param name="value">The value.</param>
    public StopConditions WithMaxEvaluations(long? value) => this with { MaxEvaluations = value };

    /// <summary>A copy with another <see cref="Cancellation"/>.</summary>
    /// <param name="value">The value.</param>
    public StopConditions WithCancellation(CancellationToken value) => this with { Cancellation = value };

    /// <summary>The loss monitor.</summary>
    internal LossMonitor Monitor() => new()
    {
        DivergenceFactor = DivergenceFactor, DivergencePatience = DivergencePatience, StagnationPatience = StagnationPatience, MinImprovement = MinImprovement,
    };

    /// <summary>Whether another point may be evaluated after so many.</summary>
    internal bool MayEvaluate(long evaluations) => !(evaluations >= MaxEvaluations) && !Cancellation.IsCancellationRequested;

    /// <summary>Whether a run may be ended in the midst of a step.</summary>
    internal bool MayInterrupt => MaxEvaluations is not null || Cancellation.CanBeCanceled;

    /// <summary>Why no further point may be evaluated.</summary>
    internal ExitReason Interruption => Cancellation.IsCancellationRequested ? ExitReason.Cancelled : ExitReason.MaxEvaluationsReached;

    internal ExitReason? Reason(long steps, long evaluations, LossMonitor losses, double gradientNorm, long calmSteps, bool standsStill) =>
        losses.IsDivergent && !double.IsFinite(losses.Loss) ? ExitReason.NonFinite
        : losses.Loss <= TargetLoss ? ExitReason.TargetLossReached
        : gradientNorm <= GradientTolerance && !GradientFree ? ExitReason.GradientBelowTolerance
        : losses.IsDivergent ? ExitReason.Diverged
        : calmSteps >= (standsStill ? 1 : Patience) ? ExitReason.LossChangeBelowTolerance
        : standsStill ? ExitReason.NoProgress
        : losses.IsStagnant ? ExitReason.Stagnated
        : !MayEvaluate(evaluations) ? Interruption
        : steps >= MaxSteps ? ExitReason.MaxStepsReached
        : null;

    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(StopConditions), PrintMembers);
}

/// <summary>Why <see cref="Optimizer.Minimize{T}"/> stopped.</summary>
public enum ExitReason
{
    /// <summary>The maximum number of steps was reached.</summary>
    MaxStepsReached,

    /// <summary>The gradient is small: a stationary point.</summary>
    GradientBelowTolerance,

    /// <summary>The loss has stopped changing: it is the same, or nearly so, at several different points.</summary>
    LossChangeBelowTolerance,

    /// <summary>The target loss was reached.</summary>
    TargetLossReached,

    /// <summary>The loss or the gradient is NaN or infinite; the parameters are those at which it occurred.</summary>
    NonFinite,

    /// <summary>The caller cancelled the run.</summary>
    Cancelled,

    /// <summary>The loss is far above the best one; the parameters are those at which it occurred.</summary>
    Diverged,

    /// <summary>The loss has not improved for too long.</summary>
    Stagnated,

    /// <summary>
    /// No further progress, and no tolerance is met: a line search found no lower point even along the negative gradient, or for
    /// <see cref="StopConditions.Patience"/> steps neither the parameters nor the rule's state changed, or they cycled through known points. The
    /// gradient is wrong there, the loss has a kink, or the tolerances exceed the precision of the element type.
    /// </summary>
    NoProgress,

    /// <summary>The maximum number of evaluations was reached.</summary>
    MaxEvaluationsReached,
}
