using System.Globalization;
using System.Numerics;

namespace Optim.CSharp;

/// <summary>Why training ended.</summary>
public enum TrainingEnd
{
    /// <summary>All epochs are over.</summary>
    Completed,

    /// <summary>The optimizer has taken <see cref="TrainerOptions.MaxSteps"/>.</summary>
    MaxStepsReached,

    /// <summary>No validation was better for <see cref="TrainerOptions.EarlyStoppingPatience"/>.</summary>
    EarlyStopped,

    /// <summary>The loss is NaN or infinite, or the rule refused to step on what it met (an <see cref="ArithmeticException"/>, which the log has); the parameters are those that gave it.</summary>
    NonFiniteLoss,

    /// <summary>The caller asked to stop; the last step begun was finished.</summary>
    Cancelled,

    /// <summary>A callback asked to stop.</summary>
    StoppedByCallback,

    /// <summary>An epoch had no batch.</summary>
    NoBatches,
}

/// <summary>How training ended.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <param name="End">Why it ended.</param>
/// <param name="State">The optimizer's last state; where the best was restored, that.</param>
/// <param name="LastLoss">The loss of the last batch; NaN where there was none.</param>
/// <param name="Position">Where it ended.</param>
/// <param name="Best">The state of the best validation (epoch, without validation); null where there was none, or it is not kept.</param>
/// <param name="BestLoss">Its loss; positive infinity where there was none.</param>
public sealed record TrainingResult<T>(
    TrainingEnd End, OptimizerState<T> State, double LastLoss, TrainingPosition Position, OptimizerState<T>? Best, double BestLoss)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>How and where it ended, in one line; the states are left out.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{End} at step {State.StepCount} after {Position}; last loss {LastLoss:G6}, best {BestLoss:G6}");
}
