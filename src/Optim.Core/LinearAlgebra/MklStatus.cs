namespace Optim;

/// <summary>Whether Intel MKL was found, which one, or why not.</summary>
/// <param name="IsAvailable">Whether a library was loaded and has all that is needed.</param>
/// <param name="Path">The file of the library; null where it is absent.</param>
/// <param name="Version">Major, minor and update number, such as <c>2020.0.4</c>; null where it is absent.</param>
/// <param name="Processor">The kind of processor that MKL has chosen its code for, in its own words; null where it is absent.</param>
/// <param name="Reason">Why it is absent, as a sentence; null where it is available.</param>
public sealed record MklStatus(bool IsAvailable, string? Path, string? Version, string? Processor, string? Reason);
