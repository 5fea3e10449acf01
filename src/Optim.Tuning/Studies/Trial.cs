namespace Optim.Tuning;

/// <summary>A running trial, as passed to its objective.</summary>
public sealed class Trial
{
    private readonly Func<TrialReport, bool> report;
    private readonly List<TrialNote> notes = [];

    internal Trial(int number, Assignment parameters, long seed, Func<TrialReport, bool> report, CancellationToken cancellation)
    {
        Number = number;
        Parameters = parameters;
        Seed = seed;
        Cancellation = cancellation;
        this.report = report;
    }

    /// <summary>The number, from 0.</summary>
    public int Number { get; }

    /// <summary>The parameters to try.</summary>
    public Assignment Parameters { get; }

    /// <summary>The study's seed, the same for all trials.</summary>
    public long Seed { get; }

    /// <summary>Cancels the objective, with an <see cref="OperationCanceledException"/>; the trial is run again when the study is resumed.</summary>
    public CancellationToken Cancellation { get; }

    /// <summary>Reports an intermediate value, and returns whether to stop.</summary>
    /// <param name="step">The progress: epochs, steps; 1 or more, and more than in the previous report.</param>
    /// <param name="value">The value, better in the study's direction; a non-finite one fails the trial.</param>
    /// <returns>Whether the trial has been pruned or has failed: the objective should then return, with any value.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The step is not more than the previous one.</exception>
    public bool Report(long step, double value) => report(new(step, value));

    /// <summary>Records a metric of the trial; replaces one of the same name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="value">The value, finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">The value is not finite.</exception>
    public void Note(string name, double value)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Constraint.Finite.Check(value, name);
        int index = notes.FindIndex(note => note.Name == name);
        if (index < 0)
        {
            notes.Add(new(name, value));
        }
        else
        {
            notes[index] = new(name, value);
        }
    }

    internal IReadOnlyList<TrialNote> Notes => notes;
}
