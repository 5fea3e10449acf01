namespace Optim.Distributed;

/// <summary>Whether MPI can be used here.</summary>
/// <param name="IsAvailable">Whether a library was found whose binary interface is MPICH's, or Microsoft MPI's.</param>
/// <param name="Path">The library; empty where there is none.</param>
/// <param name="Reason">Why it cannot be used, and how to get it; empty where it can.</param>
public sealed record MpiStatus(bool IsAvailable, string Path, string Reason);
