namespace Optim.Tuning;

/// <summary>The ranking of trials.</summary>
internal static class Ranking
{
    /// <summary>
    /// Finished trials, the best first: the complete ones by value; then the pruned ones by progress, then by their last
    /// value; then the failed. Ties in order of their numbers.
    /// </summary>
    public static IReadOnlyList<TrialRecord> BestFirst(IEnumerable<TrialRecord> trials) =>
    [
        .. trials.Where(trial => trial.State != TrialState.Running)
            .OrderBy(trial => trial.State)
            .ThenByDescending(trial => trial.State == TrialState.Pruned ? LastStep(trial) : 0)
            .ThenBy(trial => trial.State switch { TrialState.Complete => trial.Value, TrialState.Pruned => LastValue(trial), _ => 0 })
            .ThenBy(trial => trial.Number),
    ];

    private static long LastStep(TrialRecord trial) => trial.Reports.Count == 0 ? 0 : trial.Reports[^1].Step;

    private static double LastValue(TrialRecord trial) => trial.Reports.Count == 0 ? double.PositiveInfinity : trial.Reports[^1].Value;
}
