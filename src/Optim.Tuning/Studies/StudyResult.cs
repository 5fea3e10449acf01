using Optim.Values;

namespace Optim.Tuning;

/// <summary>Why a study ended.</summary>
public enum StudyEnd
{
    /// <summary>It has all of its trials.</summary>
    Finished,

    /// <summary>Its time was up.</summary>
    TimedOut,

    /// <summary>It was cancelled.</summary>
    Cancelled,
}

/// <summary>What a study has found. Immutable.</summary>
public sealed record StudyResult
{
    internal StudyResult(Study study, StudyEnd end, IEnumerable<TrialRecord> trials, TimeSpan elapsed)
    {
        Study = study;
        End = end;
        Elapsed = elapsed;
        Trials = new ValueList<TrialRecord>(trials.OrderBy(trial => trial.Number));
    }

    /// <summary>The study.</summary>
    public Study Study { get; }

    /// <summary>Why it ended.</summary>
    public StudyEnd End { get; }

    /// <summary>The ended trials, by number.</summary>
    public IReadOnlyList<TrialRecord> Trials { get; }

    /// <summary>How long it took, what came before it was resumed not included.</summary>
    public TimeSpan Elapsed { get; }

    /// <summary>The complete trial of the lowest value, the first of them; null where none is complete.</summary>
    public TrialRecord? Best => BestFirst.FirstOrDefault(trial => trial.State == TrialState.Complete);

    /// <summary>All ended trials, the best first: complete by value, then pruned by how far they came and their last value, then failed.</summary>
    public IReadOnlyList<TrialRecord> BestFirst => Ranking.BestFirst(Trials);

    /// <summary>How much each parameter decided: see <see cref="ParameterImportance.Of"/>.</summary>
    public IReadOnlyList<ParameterImportance> Importance() => ParameterImportance.Of(Study.Space, Trials);

    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(StudyResult), PrintMembers);
}
