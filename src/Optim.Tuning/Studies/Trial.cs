namespace Optim.Tuning;

/// <summary>A running trial, as its objective sees it.</summary>
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

    /// <summary>What is to be tried.</summary>
    public Assignment Parameters { get; }

    /// <summary>The study's seed, the same for all trials.</summary>
    public long Seed { get; }

    /// <summary>Asks the objective to end early, by an <see cref="OperationCanceledException"/>; the trial is tried again when the study goes on.</summary>
    public CancellationToken Cancellation { get; }

    /// <summary>Says how good the trial is so far, and asks whether it is to end here.</summary>
    /// <param name="step">How far it is: epochs, steps; more than in the report before, and 1 or more.</param>
    /// <param name="value">How good it is there, the lower the better; one that is not finite fails the trial.</param>
    /// <returns>Whether the trial has been pruned, or has failed: the objective is to return, with whatever value.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The step is not more than the one before.</exception>
    public bool Report(long step, double value) => report(new(step, value));

    /// <summary>Keeps a figure beside the trial's value; one of the same name is replaced. Finite.</summary>
    /// <param name="name">What it is.</param>
    /// <param name="value">How much.</param>
    /// <exception cref="ArgumentOutOfRangeException">The figure is not finite.</exception>
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
