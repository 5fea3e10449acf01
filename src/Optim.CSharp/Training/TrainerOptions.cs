using Optim.Values;

namespace Optim.CSharp;

/// <summary>The loss that a step is given, for schedules and rules that depend on it.</summary>
public enum StepLoss
{
    /// <summary>The batch's own.</summary>
    Batch,

    /// <summary>
    /// The last validation's (the epoch's mean, without validation), to the first step after it; no loss to the others: for <see cref="ReduceOnPlateauSchedule"/> with
    /// <c>requiresLoss: false</c>, whose patience then counts validations, as PyTorch's <c>ReduceLROnPlateau</c>.
    /// </summary>
    Validation,
}

/// <summary>How long to train, and what to do on the way.</summary>
public sealed record TrainerOptions
{
    /// <summary>How often all batches are seen, 0 or more. Default 1.</summary>
    public int Epochs { get; init => field = Positive(value, 0, nameof(Epochs)); } = 1;

    /// <summary>The optimizer's steps after which training ends, those it took before included; null for no such end. Default null.</summary>
    public long? MaxSteps { get; init => field = value is { } v ? Positive(v, 0, nameof(MaxSteps)) : null; }

    /// <summary>A validation after so many epochs, 1 or more. Default 1.</summary>
    public int ValidateEvery { get; init => field = Positive(value, 1, nameof(ValidateEvery)); } = 1;

    /// <summary>Training ends when so many validations in a row (epochs, without validation) were no better than the best; null for never. Default null.</summary>
    public int? EarlyStoppingPatience { get; init => field = value is { } v ? Positive(v, 1, nameof(EarlyStoppingPatience)) : null; }

    /// <summary>What counts as better, times max(1, |loss|); 0 or more. Default 0: anything.</summary>
    public double MinImprovement
    {
        get;
        init => field = value >= 0 && double.IsFinite(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(MinImprovement), FormattableString.Invariant($"{nameof(MinImprovement)} must be finite and 0 or more, was {value}."));
    }

    /// <summary>Whether the state of the best validation (epoch, without validation) is kept. It is a copy of everything. Default true.</summary>
    public bool TrackBest { get; init; } = true;

    /// <summary>Whether training ends by writing the best state's parameters, slots and step back into the optimizer. Needs <see cref="TrackBest"/>. Default false.</summary>
    public bool RestoreBest { get; init; }

    /// <summary>A checkpoint after so many steps, 1 or more; null for none of them; there is always one at the end. Default null.</summary>
    public long? CheckpointEvery { get; init => field = value is { } v ? Positive(v, 1, nameof(CheckpointEvery)) : null; }

    /// <summary>Whether there is a checkpoint after each epoch too, its validation and callbacks included. Default false.</summary>
    public bool CheckpointEachEpoch { get; init; }

    /// <summary>Progress is reported, logged and counted after so many steps, 1 or more. Default 1.</summary>
    public long ReportEvery { get; init => field = Positive(value, 1, nameof(ReportEvery)); } = 1;

    /// <summary>The loss that steps are given. Rules that evaluate the objective (<see cref="Trainer{T, TBatch}.EvaluatesAgain"/>) are given the batch's. Default: the batch's.</summary>
    public StepLoss StepLoss { get; init; }

    /// <summary>Whether a checkpoint is also taken of parameters that are NaN or infinite, and at the end of a training that ended with <see cref="TrainingEnd.NonFiniteLoss"/>. Default false.</summary>
    public bool CheckpointNonFinite { get; init; }

    /// <summary>
    /// Whether a loss that is NaN or infinite ends training, before its gradient is stepped on; so does a step that its rule refuses with an <see cref="ArithmeticException"/>, which otherwise leaves the
    /// run. Default true.
    /// </summary>
    public bool StopOnNonFiniteLoss { get; init; } = true;

    private static int Positive(int value, int least, string name) => (int)Positive((long)value, least, name);

    private static long Positive(long value, long least, string name) => value >= least
        ? value
        : throw new ArgumentOutOfRangeException(name, FormattableString.Invariant($"{name} must be {least} or more, was {value}."));

    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(TrainerOptions), PrintMembers);
}
