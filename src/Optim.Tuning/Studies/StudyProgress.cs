using Optim.Values;

namespace Optim.Tuning;

/// <summary>How far a study is.</summary>
/// <param name="Latest">The trial that has begun, reported or ended.</param>
/// <param name="Best">The best complete trial; null before there is one.</param>
/// <param name="Ended">How many trials have ended, those of the file included.</param>
/// <param name="Pruned">How many of them were pruned.</param>
/// <param name="Failed">How many of them failed.</param>
/// <param name="Trials">How many there are to be.</param>
/// <param name="Elapsed">The time since the study began or went on.</param>
/// <param name="Left">About how long it will take yet, by the trials that have ended since; null before there is one.</param>
public sealed record StudyProgress(TrialRecord Latest, TrialRecord? Best, int Ended, int Pruned, int Failed, int Trials, TimeSpan Elapsed, TimeSpan? Left)
{
    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(StudyProgress), PrintMembers);
}
