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

/// <summary>The result of a study. Immutable.</summary>
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

    /// <summary>The finished trials, by number.</summary>
    public IReadOnlyList<TrialRecord> Trials { get; }

    /// <summary>The duration, excluding earlier sessions.</summary>
    public TimeSpan Elapsed { get; }

    /// <summary>The first complete trial with the lowest value; null if none is complete.</summary>
    public TrialRecord? Best => BestFirst.FirstOrDefault(trial => trial.State == TrialState.Complete);

    /// <summary>All finished trials, the best first: complete by value, then pruned by progress and last value, then failed.</summary>
    public IReadOnlyList<TrialRecord> BestFirst => Ranking.BestFirst(Trials);

    /// <summary>The importance of each parameter: see <see cref="ParameterImportance.Of"/>.</summary>
    public IReadOnlyList<ParameterImportance> Importance() => ParameterImportance.Of(Study.Space, Trials);

    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(StudyResult), PrintMembers);
}
