using Optim.CSharp;

namespace Optim.Tuning;

/// <summary>Reports a training run's epochs to a trial, and ends the training where the study's pruner ends the trial: a callback of a <see cref="Trainer{T, TBatch}"/>.</summary>
/// <remarks>
/// <code>
/// var result = study.Run(trial =>
/// {
///     var trainer = new Trainer&lt;float, Batch&gt;(OptimizerOf(trial.Parameters), objective) { Options = new() { Epochs = 20 }, Validate = validate, Callbacks = [new TrialPruner(trial)] };
///     return trainer.Run(loader.Epoch, trial.Cancellation).BestLoss;
/// });
/// </code>
/// A report's step is the number of completed epochs, its value the validation loss. An epoch without a validation is not reported.
/// </remarks>
public sealed class TrialPruner : ITrainingCallback
{
    private readonly Trial trial;

    /// <summary>A callback for a trial.</summary>
    /// <param name="trial">The trial.</param>
    public TrialPruner(Trial trial)
    {
        ArgumentNullException.ThrowIfNull(trial);
        this.trial = trial;
    }

    /// <summary>Whether the mean of an epoch's losses is reported instead, for a training without a validation. Default false.</summary>
    public bool ReportsTrainingLoss { get; init; }

    /// <summary>Whether the training was ended: the trial is pruned, or has failed with a value that is not finite.</summary>
    public bool HasEnded { get; private set; }

    /// <inheritdoc/>
    public bool OnEpoch(EpochSummary epoch)
    {
        ArgumentNullException.ThrowIfNull(epoch);
        double? value = ReportsTrainingLoss ? epoch.MeanLoss : epoch.ValidationLoss;
        HasEnded |= value is { } known && trial.Report(epoch.Epoch + 1, known);
        return !HasEnded;
    }
}
