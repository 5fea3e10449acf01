namespace Optim;

/// <summary>Whether Intel MKL was found, which one, or why not.</summary>
/// <param name="IsAvailable">Whether a library was loaded and is complete.</param>
/// <param name="Path">The library's file; null if absent.</param>
/// <param name="Version">Major, minor and update number, such as <c>2020.0.4</c>; null if absent.</param>
/// <param name="Processor">The processor type that MKL has selected its code for, in its own words; null if absent.</param>
/// <param name="Reason">
/// Why it is absent, or has rejected the requested <see cref="Reproducibility"/> mode, as a sentence; null if all is well.
/// </param>
public sealed record MklStatus(bool IsAvailable, string? Path, string? Version, string? Processor, string? Reason)
{
    /// <summary>
    /// The mode of MKL's conditional numerical reproducibility, by the names of its environment variable <c>MKL_CBWR</c>. In each of them the same machine gives the same
    /// bits, whatever the alignment of arrays and the number of threads: <c>AUTO</c>, the fastest, unless that variable or the application chose another before Optim loaded
    /// MKL. <c>OFF</c> if MKL rejected it: results may depend on the alignment of arrays. Null if MKL is absent.
    /// </summary>
    public string? Reproducibility { get; init; }

    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(MklStatus), PrintMembers);
}
