using Optim.Values;

namespace Optim.Tuning;

/// <summary>The options for running a study. Immutable.</summary>
public sealed record StudyOptions
{
    /// <summary>The number of finished trials to reach, including those in the file; 1 or more. Default 60.</summary>
    public int Trials { get; init => field = AtLeastOne(value, nameof(Trials)); } = 60;

    /// <summary>The number of concurrent trials, each on its own thread; 1 or more. Default 1.</summary>
    public int Workers { get; init => field = AtLeastOne(value, nameof(Workers)); } = 1;

    /// <summary>The time limit, which interrupts running trials; null for none. Default null.</summary>
    public TimeSpan? Timeout
    {
        get;
        init => field = value is null || value > TimeSpan.Zero
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Timeout), FormattableString.Invariant($"{nameof(Timeout)} must be more than 0, was {value}."));
    }

    /// <summary>The file for the trials (see <see cref="StudyFile"/>); finished ones are not repeated. Null for none. Default null.</summary>
    public string? File { get; init; }

    /// <summary>Called when a trial has begun, reported or ended; by one thread at a time, synchronously. Default: none.</summary>
    public Action<StudyProgress>? Progress { get; init; }

    /// <summary>A copy with another <see cref="Trials"/>.</summary>
    /// <param name="value">The value.</param>
    public StudyOptions WithTrials(int value) => this with { Trials = value };

    /// <summary>A copy with another <see cref="Workers"/>.</summary>
    /// <param name="value">The value.</param>
    public StudyOptions WithWorkers(int value) => this with { Workers = value };

    /// <summary>A copy with another <see cref="Timeout"/>.</summary>
    /// <param name="value">The value.</param>
    public StudyOptions WithTimeout(TimeSpan? value) => this with { Timeout = value };

    /// <summary>A copy with another <see cref="File"/>.</summary>
    /// <param name="value">The value.</param>
    public StudyOptions WithFile(string? value) => this with { File = value };

    /// <summary>A copy with another <see cref="Progress"/>.</summary>
    /// <param name="value">The value.</param>
    public StudyOptions WithProgress(Action<StudyProgress>? value) => this with { Progress = value };

    private static int AtLeastOne(int value, string name) => value >= 1
        ? value
        : throw new ArgumentOutOfRangeException(name, FormattableString.Invariant($"{name} must be 1 or more, was {value}."));

    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(StudyOptions), PrintMembers);
}
