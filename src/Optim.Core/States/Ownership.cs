namespace Optim;

/// <summary>Whether a state is still readable. Shared by a state and its donated copy.</summary>
internal sealed class Ownership
{
    private int ended;

    public bool Ended => Volatile.Read(ref ended) != 0;

    public static InvalidOperationException Gone() => new(
        "This state was donated to a later step (or disposed), and its memory has been reused. Continue with the later state, or do not donate this one.");

    public bool TryEnd() => Interlocked.Exchange(ref ended, 1) == 0;

    public void Resume() => Volatile.Write(ref ended, 0);
}
