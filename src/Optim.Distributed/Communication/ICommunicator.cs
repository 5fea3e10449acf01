namespace Optim.Distributed;

/// <summary>The ranks of a job, as one of them sees it: processes on one machine or many (<see cref="MpiCommunicator"/>), or threads (<see cref="LocalCommunicator"/>).</summary>
/// <remarks>
/// Every rank makes the same calls in the same order; each waits for those that it concerns. Elements are moved bit by bit. Not thread-safe. Sums are not among the calls, since the bits of MPI's depend on the number of
/// ranks: reduce and reduce-scatter are <see cref="ShardSum{T}"/>'s, whose do not. What one rank alone calls, as in a callback that it alone has, makes none of these calls, nor any that makes them (<see cref="ShardSum{T}"/>,
/// <see cref="ShardedOptimizer{T}"/>, <see cref="ShardedCheckpointFolder{T}"/>): it would meet the others in the midst of another call, and neither can tell.
/// </remarks>
public interface ICommunicator : IDisposable
{
    /// <summary>This rank, from 0.</summary>
    int Rank { get; }

    /// <summary>The number of ranks.</summary>
    int Size { get; }

    /// <summary>The bytes that this rank has sent to others so far.</summary>
    long BytesSent { get; }

    /// <summary>Sends elements to one rank while it receives others from one, of as many elements as that one sends.</summary>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <param name="to">The rank that receives what is sent.</param>
    /// <param name="sent">What is sent.</param>
    /// <param name="from">The rank whose elements are received.</param>
    /// <param name="received">Where they go.</param>
    void Exchange<T>(int to, ReadOnlySpan<T> sent, int from, Span<T> received)
        where T : unmanaged;

    /// <summary>Completes a vector of which each rank has a part. Each rank sends every part but one once: (n - 1) / n of the vector where the parts are equal.</summary>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <param name="vector">The vector; the other ranks' parts are written.</param>
    /// <param name="ends">Where each rank's part ends, and the next begins.</param>
    void AllGather<T>(Span<T> vector, IReadOnlyList<int> ends)
        where T : unmanaged;

    /// <summary>Makes elements those of one rank.</summary>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <param name="vector">Read on the root, written on the others.</param>
    /// <param name="root">The rank that has them.</param>
    void Broadcast<T>(Span<T> vector, int root = 0)
        where T : unmanaged;

    /// <summary>Waits until all ranks have called it.</summary>
    void Barrier();
}
