using Optim.Conformance;

namespace Optim.Cli.Replay;

/// <summary>The results as JSON.</summary>
/// <param name="Cases">The cases, in the order of the files.</param>
/// <param name="Passed">The number that agree.</param>
/// <param name="Failed">The number that do not.</param>
/// <param name="Skipped">The number not replayed.</param>
internal sealed record ReplayDocument(IReadOnlyList<ReplayCase> Cases, int Passed, int Failed, int Skipped)
{
    /// <summary>The document of some results.</summary>
    public static ReplayDocument Of(IReadOnlyList<CaseResult> results)
    {
        return new([.. results.Select(ReplayCase.Of)], Count(Outcome.Passed), Count(Outcome.Failed), Count(Outcome.Skipped));

        int Count(Outcome outcome) => results.Count(result => result.Outcome == outcome);
    }
}

/// <summary>A case.</summary>
/// <param name="File">The file it is from.</param>
/// <param name="Family">What was recorded; null if the file does not say.</param>
/// <param name="Case">Its name.</param>
/// <param name="Outcome">passed, failed or skipped.</param>
/// <param name="Worst">The largest deviation; null if nothing was compared.</param>
/// <param name="Tolerance">The largest allowed.</param>
/// <param name="Compared">What was compared.</param>
/// <param name="Reason">Why it failed or was skipped.</param>
internal sealed record ReplayCase(
    string File, string? Family, string? Case, string Outcome, Deviation? Worst, double? Tolerance, IReadOnlyList<string>? Compared, string? Reason)
{
    /// <summary>The case of a result.</summary>
    public static ReplayCase Of(CaseResult result) => new(
        result.File, result.Family, result.Case, result.Outcome.ToString().ToLowerInvariant(),
        result.Comparison?.Worst, result.Comparison?.Tolerance, result.Comparison is { } comparison ? [.. comparison.Compared] : null, result.Reason);
}
