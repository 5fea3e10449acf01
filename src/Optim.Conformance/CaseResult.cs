namespace Optim.Conformance;

/// <summary>What became of a recorded case.</summary>
public enum Outcome
{
    /// <summary>Nothing was further off than the recording allows.</summary>
    Passed,

    /// <summary>Something was, or the case could not be understood.</summary>
    Failed,

    /// <summary>There is no rule or schedule here to replay it with.</summary>
    Skipped,
}

/// <summary>One case after its replay.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Family">The family; null where the file says none.</param>
/// <param name="Case">The case's name; null where the whole file is unusable.</param>
/// <param name="Outcome">Whether it agreed, did not, or could not be asked.</param>
/// <param name="Comparison">What was compared; null where nothing was.</param>
/// <param name="Reason">Why it was skipped, or failed before it could be compared; null otherwise.</param>
public sealed record CaseResult(string File, string? Family, string? Case, Outcome Outcome, Comparison? Comparison = null, string? Reason = null);
