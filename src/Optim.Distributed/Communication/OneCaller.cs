namespace Optim.Distributed;

/// <summary>Refuses two exchanges of one communicator at the same time: messages would go astray, and MPI is not told to expect it.</summary>
internal sealed class OneCaller
{
    private int inside;

    /// <exception cref="InvalidOperationException">Another thread is within an exchange.</exception>
    public void Enter()
    {
        if (Interlocked.Exchange(ref inside, 1) != 0)
        {
            throw new InvalidOperationException(
                "Two threads exchange by one communicator at once. While a ShardSum exchanges buckets, from the first part of a rank's last shard until the sum is completed, nothing else may.");
        }
    }

    public void Leave() => Volatile.Write(ref inside, 0);
}
