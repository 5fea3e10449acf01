using System.Globalization;
using Optim.Values;

namespace Optim.Tuning;

/// <summary>An intermediate report of a trial.</summary>
/// <param name="Step">The progress: epochs, steps, whatever the objective counts.</param>
/// <param name="Value">The value at that step.</param>
public readonly record struct TrialReport(long Step, double Value)
{
    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(TrialReport), PrintMembers);
}

/// <summary>An additional metric of a trial: an accuracy, a count.</summary>
/// <param name="Name">The name.</param>
/// <param name="Value">The value.</param>
public readonly record struct TrialNote(string Name, double Value)
{
    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(TrialNote), PrintMembers);
}

/// <summary>The state of a trial.</summary>
public enum TrialState
{
    /// <summary>It has not finished.</summary>
    Running,

    /// <summary>It finished with a value.</summary>
    Complete,

    /// <summary>It was pruned: others were better at the same step.</summary>
    Pruned,

    /// <summary>It diverged (a non-finite value) or its objective threw.</summary>
    Failed,
}

/// <summary>The record of one trial.</summary>
/// <remarks>Immutable, compared by value.</remarks>
public sealed record TrialRecord
{
    /// <summary>Creates the record of a trial that has begun.</summary>
    /// <param name="number">Its number, from 0.</param>
    /// <param name="parameters">Its parameters.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is less than 0.</exception>
    public TrialRecord(int number, Assignment parameters)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentNullException.ThrowIfNull(parameters);
        (Number, Parameters) = (number, parameters);
    }

    /// <summary>The number, from 0, in the order in which trials began.</summary>
    public int Number { get; }

    /// <summary>Its parameters.</summary>
    public Assignment Parameters { get; }

    /// <summary>Its state.</summary>
    public TrialState State { get; init; }

    /// <summary>The final value; null unless it is complete.</summary>
    public double? Value { get; init; }

    /// <summary>Its reports, in order.</summary>
    public IReadOnlyList<TrialReport> Reports { get; init => field = new ValueList<TrialReport>(value); } = new ValueList<TrialReport>([]);

    /// <summary>Its metrics, with unique names, in order.</summary>
    public IReadOnlyList<TrialNote> Notes { get; init => field = new ValueList<TrialNote>(value); } = new ValueList<TrialNote>([]);

    /// <summary>Why it failed; empty unless it did.</summary>
    public string Message { get; init; } = "";

    /// <summary>Its duration.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>The metric with a name; null if there is none.</summary>
    /// <param name="name">The name.</param>
    public double? Note(string name) => Notes.Where(note => note.Name == name).Select(note => (double?)note.Value).FirstOrDefault();

    /// <summary>Number, state, value and parameters.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"trial {Number} {State}{(Value is { } value ? FormattableString.Invariant($" {value}") : "")}: {Parameters}");
}
