using System.Data.Common;
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

    /// <summary>
    /// A PostgreSQL database in which many processes on many machines share the study, in place of a file: <c>NpgsqlDataSource.Create("Host=...")</c> of the package Npgsql, which this one does not need otherwise. Each runs the study
    /// with the same options; no trial is run twice, those of a process that has died are run again by another, and all end when <see cref="Trials"/> have ended. Not disposed. Null for none. Default null.
    /// </summary>
    public DbDataSource? Connection { get; init; }

    /// <summary>The study's name in <see cref="Connection"/>, which may hold many. Default <c>study</c>.</summary>
    /// <exception cref="ArgumentException">It is empty.</exception>
    public string Name { get; init => field = string.IsNullOrEmpty(value) ? throw new ArgumentException($"{nameof(Name)} must not be empty.", nameof(Name)) : value; } = "study";

    /// <summary>How often a process says in <see cref="Connection"/> that its trials go on; after six times as long without it is taken to have died. More than 0. Default 10 s.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not more than 0.</exception>
    public TimeSpan Heartbeat
    {
        get;
        init => field = value > TimeSpan.Zero
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Heartbeat), FormattableString.Invariant($"{nameof(Heartbeat)} must be more than 0, was {value}."));
    } = TimeSpan.FromSeconds(10);

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

    /// <summary>A copy with another <see cref="Connection"/>.</summary>
    /// <param name="value">The value.</param>
    public StudyOptions WithConnection(DbDataSource? value) => this with { Connection = value };

    /// <summary>A copy with another <see cref="Name"/>.</summary>
    /// <param name="value">The value.</param>
    public StudyOptions WithName(string value) => this with { Name = value };

    /// <summary>A copy with another <see cref="Heartbeat"/>.</summary>
    /// <param name="value">The value.</param>
    public StudyOptions WithHeartbeat(TimeSpan value) => this with { Heartbeat = value };

    /// <summary>A copy with another <see cref="Progress"/>.</summary>
    /// <param name="value">The value.</param>
    public StudyOptions WithProgress(Action<StudyProgress>? value) => this with { Progress = value };

    private static int AtLeastOne(int value, string name) => value >= 1
        ? value
        : throw new ArgumentOutOfRangeException(name, FormattableString.Invariant($"{name} must be 1 or more, was {value}."));

    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(StudyOptions), PrintMembers);
}
