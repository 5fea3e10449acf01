using System.Globalization;
using Optim.Values;

namespace Optim.Tuning;

/// <summary>What a trial said of itself on its way.</summary>
/// <param name="Step">How far it was: epochs, steps, whatever the objective counts.</param>
/// <param name="Value">How good it was there; the lower the better.</param>
public readonly record struct TrialReport(long Step, double Value)
{
    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(TrialReport), PrintMembers);
}

/// <summary>A figure that a trial keeps beside its value: an accuracy, a count.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">How much.</param>
public readonly record struct TrialNote(string Name, double Value)
{
    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(TrialNote), PrintMembers);
}

/// <summary>What became of a trial.</summary>
public enum TrialState
{
    /// <summary>It has not ended.</summary>
    Running,

    /// <summary>It ended with a value.</summary>
    Complete,

    /// <summary>The pruner ended it: others were better where it was.</summary>
    Pruned,

    /// <summary>It diverged (a value that is not finite) or its objective threw.</summary>
    Failed,
}

/// <summary>One trial, as far as it is known.</summary>
/// <remarks>Immutable, compared by value.</remarks>
public sealed record TrialRecord
{
    /// <summary>A trial that has begun.</summary>
    /// <param name="number">Its number, from 0.</param>
    /// <param name="parameters">What it tries.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is less than 0.</exception>
    public TrialRecord(int number, Assignment parameters)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentNullException.ThrowIfNull(parameters);
        (Number, Parameters) = (number, parameters);
    }

    /// <summary>The number, from 0, in the order in which trials began.</summary>
    public int Number { get; }

    /// <summary>What it tries.</summary>
    public Assignment Parameters { get; }

    /// <summary>What became of it.</summary>
    public TrialState State { get; init; }

    /// <summary>The value it ended with, the lower the better; null unless it is complete.</summary>
    public double? Value { get; init; }

    /// <summary>What it reported, in order.</summary>
    public IReadOnlyList<TrialReport> Reports { get; init => field = new ValueList<TrialReport>(value); } = new ValueList<TrialReport>([]);

    /// <summary>What it noted, each name once, in order.</summary>
    public IReadOnlyList<TrialNote> Notes { get; init => field = new ValueList<TrialNote>(value); } = new ValueList<TrialNote>([]);

    /// <summary>Why it failed; empty unless it did.</summary>
    public string Message { get; init; } = "";

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>What it noted under a name; null where it noted nothing.</summary>
    /// <param name="name">The name.</param>
    public double? Note(string name) => Notes.Where(note => note.Name == name).Select(note => (double?)note.Value).FirstOrDefault();

    /// <summary>Number, state, value and parameters.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"trial {Number} {State}{(Value is { } value ? FormattableString.Invariant($" {value}") : "")}: {Parameters}");
}
