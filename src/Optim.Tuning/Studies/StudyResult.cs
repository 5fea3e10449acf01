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

    /// <summary>Everything has been tried: the space has choices, integers and constants alone, or the sampler is a grid.</summary>
    Exhausted,
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

    /// <summary>The first complete trial with the best value, by the study's direction (with further goals, the first of the ranking); null if none is complete.</summary>
    public TrialRecord? Best => BestFirst.FirstOrDefault(trial => trial.State == TrialState.Complete);

    /// <summary>All finished trials, the best first: complete by value, then pruned by progress and last value, then failed.</summary>
    public IReadOnlyList<TrialRecord> BestFirst => [.. Ranking.BestFirst(Merit.Of(Study, Trials)).Select(seen => Trials.First(trial => trial.Number == seen.Number))];

    /// <summary>The Pareto front: the complete trials that no other is as good as in each goal and better in one, by number. Without further goals (<see cref="Study.Goals"/>), those of the best value.</summary>
    public IReadOnlyList<TrialRecord> Front => new ValueList<TrialRecord>(Merit.Front(Study, Trials));

    /// <summary>The importance of each parameter: see <see cref="ParameterImportance.Of"/>.</summary>
    public IReadOnlyList<ParameterImportance> Importance() => ParameterImportance.Of(Study.Space, Merit.Of(Study, Trials));

    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(StudyResult), PrintMembers);
}
