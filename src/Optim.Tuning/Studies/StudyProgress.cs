using Optim.Values;

namespace Optim.Tuning;

/// <summary>The progress of a study.</summary>
/// <param name="Latest">The trial that has begun, reported or ended.</param>
/// <param name="Best">The best complete trial; null if none.</param>
/// <param name="Ended">The number of finished trials, including those in the file.</param>
/// <param name="Pruned">The number of pruned trials.</param>
/// <param name="Failed">The number of failed trials.</param>
/// <param name="Trials">The number of trials to reach.</param>
/// <param name="Elapsed">The time since the study was started or resumed.</param>
/// <param name="Left">The estimated time remaining, from the trials finished since; null if none.</param>
public sealed record StudyProgress(TrialRecord Latest, TrialRecord? Best, int Ended, int Pruned, int Failed, int Trials, TimeSpan Elapsed, TimeSpan? Left)
{
    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(StudyProgress), PrintMembers);
}
