namespace Optim;

/// <summary>What rules say of themselves that learn their rate from how far their steps have led.</summary>
internal static class LearntDistance
{
    /// <summary>See <see cref="Composition.KeepsProjectionOut"/>.</summary>
    public const string KeepProjectionOut = "it learns its rate from how far its steps have led, and a projection that undoes them makes that grow without end; take a rule whose rate is given, or Prodigy";

    /// <summary>What they are to the rules around and inside.</summary>
    public static Composition Composition { get; } = new() { WhyNoDirection = "its distance is measured by steps that have the rate", FindsDistance = true };
}
