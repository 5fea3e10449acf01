using System.Globalization;
using System.Numerics;

namespace Optim.CSharp;

/// <summary>Why training ended.</summary>
public enum TrainingEnd
{
    /// <summary>All epochs are completed.</summary>
    Completed,

    /// <summary>The optimizer has taken <see cref="TrainerOptions.MaxSteps"/>.</summary>
    MaxStepsReached,

    /// <summary>No validation improved for <see cref="TrainerOptions.EarlyStoppingPatience"/>.</summary>
    EarlyStopped,

    /// <summary>The loss is NaN or infinite, or the rule rejected the step (with an <see cref="ArithmeticException"/>, which is logged); the parameters are those at which it occurred.</summary>
    NonFiniteLoss,

    /// <summary>The caller cancelled; the step in progress was completed.</summary>
    Cancelled,

    /// <summary>A callback stopped training.</summary>
    StoppedByCallback,

    /// <summary>An epoch had no batch.</summary>
    NoBatches,
}

/// <summary>How training ended.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <param name="End">Why it ended.</param>
/// <param name="State">The optimizer's last state, or the best if it was restored.</param>
/// <param name="LastLoss">The loss of the last batch; NaN if there was none.</param>
/// <param name="Position">Where it ended.</param>
/// <param name="Best">The state of the best validation (without validation, epoch); null if there is none, or it is not kept.</param>
/// <param name="BestLoss">Its loss; positive infinity if there is none.</param>
public sealed record TrainingResult<T>(
    TrainingEnd End, OptimizerState<T> State, double LastLoss, TrainingPosition Position, OptimizerState<T>? Best, double BestLoss)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>How and where it ended, in one line, without the states.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{End} at step {State.StepCount} after {Position}; last loss {LastLoss:G6}, best {BestLoss:G6}");
}
