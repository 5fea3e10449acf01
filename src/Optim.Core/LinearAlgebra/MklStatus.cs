namespace Optim;

/// <summary>Whether Intel MKL was found, which one, or why not.</summary>
/// <param name="IsAvailable">Whether a library was loaded and has all that is needed.</param>
/// <param name="Path">The file of the library; null where it is absent.</param>
/// <param name="Version">Major, minor and update number, such as <c>2020.0.4</c>; null where it is absent.</param>
/// <param name="Processor">The kind of processor that MKL has chosen its code for, in its own words; null where it is absent.</param>
/// <param name="Reason">
/// Why it is absent, or has refused the mode of <see cref="Reproducibility"/> that Optim asks for, as a sentence; null where nothing is amiss.
/// </param>
public sealed record MklStatus(bool IsAvailable, string? Path, string? Version, string? Processor, string? Reason)
{
    /// <summary>
    /// The mode of MKL's conditional numerical reproducibility, by the names of its environment variable <c>MKL_CBWR</c>. In each of them the same machine gives the same
    /// bits, wherever arrays lie and on any number of threads: <c>AUTO</c>, the fastest, unless that variable or the application chose another before Optim asked for
    /// MKL. <c>OFF</c> where MKL has refused: results may depend on where arrays lie. Null where MKL is absent.
    /// </summary>
    public string? Reproducibility { get; init; }

    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(MklStatus), PrintMembers);
}
