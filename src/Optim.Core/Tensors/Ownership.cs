using Optim.Tensors;

namespace Optim;

/// <summary>Whether a state is still readable. Shared by a state and its donated copy.</summary>
/// <remarks>
/// A right that is asked for before a reading says nothing of its end: meanwhile another thread may have begun to step the donated copy, in the memory that is being read. So whoever reads asks for the version
/// before, and for the same version after; a step that may write in place changes it before it writes.
/// </remarks>
internal sealed class Ownership
{
    private const int Alive = 0, Donated = 1, HalfWritten = 2;

    private int ended;
    private int version;

    public bool Ended => Volatile.Read(ref ended) != Alive;

    public InvalidOperationException Gone() => Volatile.Read(ref ended) == HalfWritten ? HalfUpdated.Error() : new(
        "This state was donated to a later step (or disposed), and its memory has been reused. Continue with the later state, or do not donate this one.");

    public bool TryEnd()
    {
        if (Interlocked.CompareExchange(ref ended, Donated, Alive) != Alive)
        {
            return false;
        }

        Interlocked.Increment(ref version);
        return true;
    }

    /// <summary>The step that ended it has failed, and has changed nothing.</summary>
    public void Resume() => Volatile.Write(ref ended, Alive);

    /// <summary>The step that ended it has failed after it had written.</summary>
    public void Fail() => Volatile.Write(ref ended, HalfWritten);

    /// <summary>The version, to be given to <see cref="RequireUnchanged"/> after reading.</summary>
    /// <exception cref="InvalidOperationException">The state has ended.</exception>
    public int Begin()
    {
        int now = Volatile.Read(ref version);
        return Ended ? throw Gone() : now;
    }

    /// <exception cref="InvalidOperationException">A step in this memory has begun since: what was read may be half of each.</exception>
    public void RequireUnchanged(int since)
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref version) != since || Ended)
        {
            throw Gone();
        }
    }
}
