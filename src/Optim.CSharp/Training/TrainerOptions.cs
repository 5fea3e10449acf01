using Optim.Values;

namespace Optim.CSharp;

/// <summary>The loss passed to a step, for schedules and rules that depend on it.</summary>
public enum StepLoss
{
    /// <summary>The batch's loss.</summary>
    Batch,

    /// <summary>
    /// The last validation loss (without validation, the epoch's mean), passed only to the first step after it: for <see cref="ReduceOnPlateauSchedule"/> with
    /// <c>requiresLoss: false</c>, whose patience then counts validations, as PyTorch's <c>ReduceLROnPlateau</c>.
    /// </summary>
    Validation,
}

/// <summary>The options of a training run.</summary>
public sealed record TrainerOptions
{
    /// <summary>The number of epochs, 0 or more. Default 1.</summary>
    public int Epochs { get; init => field = Positive(value, 0, nameof(Epochs)); } = 1;

    /// <summary>The maximum number of optimizer steps, including earlier ones; null for no limit. Default null.</summary>
    public long? MaxSteps { get; init => field = value is { } v ? Positive(v, 0, nameof(MaxSteps)) : null; }

    /// <summary>The number of epochs between validations, 1 or more. Default 1.</summary>
    public int ValidateEvery { get; init => field = Positive(value, 1, nameof(ValidateEvery)); } = 1;

    /// <summary>Training ends after this many consecutive validations (without validation, epochs) that are no better than the best; null for never. Default null.</summary>
    public int? EarlyStoppingPatience { get; init => field = value is { } v ? Positive(v, 1, nameof(EarlyStoppingPatience)) : null; }

    /// <summary>The minimum improvement, relative to max(1, |loss|); 0 or more. Default 0: any.</summary>
    public double MinImprovement
    {
        get;
        init => field = value >= 0 && double.IsFinite(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(MinImprovement), FormattableString.Invariant($"{nameof(MinImprovement)} must be finite and 0 or more, was {value}."));
    }

    /// <summary>Whether to keep the state of the best validation (without validation, epoch), as a full copy. Default true.</summary>
    public bool TrackBest { get; init; } = true;

    /// <summary>Whether to restore the best state's parameters, slots and step into the optimizer at the end. Requires <see cref="TrackBest"/>. Default false.</summary>
    public bool RestoreBest { get; init; }

    /// <summary>The number of steps between checkpoints, 1 or more; null for none; there is always one at the end. Default null.</summary>
    public long? CheckpointEvery { get; init => field = value is { } v ? Positive(v, 1, nameof(CheckpointEvery)) : null; }

    /// <summary>Whether to also save a checkpoint after each epoch, after its validation and callbacks. Default false.</summary>
    public bool CheckpointEachEpoch { get; init; }

    /// <summary>The number of steps between progress reports, 1 or more. Default 1.</summary>
    public long ReportEvery { get; init => field = Positive(value, 1, nameof(ReportEvery)); } = 1;

    /// <summary>The loss passed to steps. Rules that evaluate the objective (<see cref="Trainer{T, TBatch}.EvaluatesAgain"/>) always get the batch's. Default: the batch's.</summary>
    public StepLoss StepLoss { get; init; }

    /// <summary>Whether to also save checkpoints of non-finite parameters, and at the end of a training run that ended with <see cref="TrainingEnd.NonFiniteLoss"/>. Default false.</summary>
    public bool CheckpointNonFinite { get; init; }

    /// <summary>
    /// Whether a NaN or infinite loss ends training before its step; so does a step that its rule rejects with an <see cref="ArithmeticException"/>, which is otherwise thrown to the
    /// caller. Default true.
    /// </summary>
    public bool StopOnNonFiniteLoss { get; init; } = true;

    private static int Positive(int value, int least, string name) => (int)Positive((long)value, least, name);

    private static long Positive(long value, long least, string name) => value >= least
        ? value
        : throw new ArgumentOutOfRangeException(name, FormattableString.Invariant($"{name} must be {least} or more, was {value}."));

    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(TrainerOptions), PrintMembers);
}
