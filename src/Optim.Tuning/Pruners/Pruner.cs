namespace Optim.Tuning;

/// <summary>Decides whether a trial goes on: a pure function of it and the others.</summary>
public abstract record Pruner
{
    /// <summary>Every trial goes on to its end.</summary>
    public static Pruner None { get; } = new Patient();

    /// <summary>Whether a trial is to end here.</summary>
    /// <param name="trial">The trial, its last report the one just made.</param>
    /// <param name="others">The other trials, running ones among them.</param>
    public abstract bool ShouldPrune(TrialRecord trial, IReadOnlyList<TrialRecord> others);

    private sealed record Patient : Pruner
    {
        public override bool ShouldPrune(TrialRecord trial, IReadOnlyList<TrialRecord> others) => false;

        public override string ToString() => "None";
    }
}
