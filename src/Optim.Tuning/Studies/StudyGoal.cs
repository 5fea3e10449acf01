using Optim.Values;

namespace Optim.Tuning;

/// <summary>Which values are better.</summary>
public enum StudyDirection
{
    /// <summary>Lower values.</summary>
    Minimize,

    /// <summary>Higher values.</summary>
    Maximize,
}

/// <summary>A further goal of a study: a metric that each trial notes (<see cref="Trial.Note(string, double)"/>).</summary>
/// <param name="Note">The metric's name.</param>
/// <param name="Direction">Which values are better. Default: lower.</param>
public sealed record StudyGoal(string Note, StudyDirection Direction = StudyDirection.Minimize)
{
    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(StudyGoal), PrintMembers);
}
