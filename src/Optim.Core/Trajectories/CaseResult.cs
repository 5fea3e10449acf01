namespace Optim.Trajectories;

/// <summary>What became of a recorded case.</summary>
internal enum Outcome
{
    Passed,
    Failed,
    Skipped,
}

/// <summary>One case after its replay.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Family">The family; null where the file says none.</param>
/// <param name="Case">The case's name; null where the whole file is unusable.</param>
/// <param name="Outcome">Whether it agreed, did not, or could not be asked.</param>
/// <param name="Comparison">What was compared; null where nothing was.</param>
/// <param name="Reason">Why it was skipped, or failed before it could be compared; null otherwise.</param>
internal sealed record CaseResult(string File, string? Family, string? Case, Outcome Outcome, Comparison? Comparison = null, string? Reason = null);
