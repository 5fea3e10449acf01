using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Optim.Distributed;

/// <summary>Ranks that are threads of one process: for tests, notebooks, and to see on one machine what a job on many would do.</summary>
/// <remarks>Where a rank ends by an exception, or returns while others wait for it, they end at the call in which they wait, and <see cref="Run{TResult}"/> throws what the first of them has ended by.</remarks>
public sealed class LocalCommunicator : ICommunicator
{
    private readonly Hub hub;
    private readonly OneCaller caller = new();

    private LocalCommunicator(Hub hub, int rank) => (this.hub, Rank) = (hub, rank);

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Size => hub.Size;

    /// <inheritdoc/>
    public long BytesSent { get; private set; }

    /// <summary>A job of one rank.</summary>
    public static LocalCommunicator Alone() => new(new(1), 0);

    /// <summary>Runs a function on several ranks, each a thread, and waits for all.</summary>
    /// <typeparam name="TResult">What the function returns.</typeparam>
    /// <param name="ranks">The number of ranks; 1 or more.</param>
    /// <param name="work">The function.</param>
    /// <returns>What it returned, rank by rank.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Less than one rank.</exception>
    /// <exception cref="InvalidOperationException">A rank has returned while another waited for it.</exception>
    public static IReadOnlyList<TResult> Run<TResult>(int ranks, Func<ICommunicator, TResult> work)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ranks, 1);
        ArgumentNullException.ThrowIfNull(work);
        var hub = new Hub(ranks);
        var results = new TResult[ranks];
        Thread[] threads = [.. Enumerable.Range(0, ranks).Select(rank => new Thread(() =>
        {
            try
            {
                results[rank] = work(new LocalCommunicator(hub, rank));
                hub.Return(rank);
            }
            catch (Exception e)
            {
                hub.Fail(rank, e);
            }
        }) { IsBackground = true, Name = FormattableString.Invariant($"rank {rank}") })];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        hub.Failure?.Throw();
        return Array.AsReadOnly(results);
    }

    /// <inheritdoc/>
    public void Exchange<T>(int to, ReadOnlySpan<T> sent, int from, Span<T> received)
        where T : unmanaged
    {
        if (to == Rank && from == Rank)
        {
            sent.CopyTo(received);
            return;
        }

        caller.Enter();
        try
        {
            if (to != Rank)
            {
                var bytes = MemoryMarshal.AsBytes(sent);
                hub.Send(Rank, to, bytes.ToArray());
                BytesSent += bytes.Length;
            }

            if (from != Rank)
            {
                Receive(from, MemoryMarshal.AsBytes(received));
            }
        }
        finally
        {
            caller.Leave();
        }
    }

    /// <inheritdoc/>
    public void AllGather<T>(Span<T> vector, IReadOnlyList<int> ends)
        where T : unmanaged => Collectives.AllGather(this, vector, ends);

    /// <inheritdoc/>
    public void Broadcast<T>(Span<T> vector, int root = 0)
        where T : unmanaged => Collectives.Broadcast(this, vector, root);

    /// <inheritdoc/>
    public void Barrier() => Collectives.Barrier(this);

    /// <summary>Does nothing: the ranks end with <see cref="Run{TResult}"/>.</summary>
    public void Dispose()
    {
    }

    private void Receive(int from, Span<byte> target)
    {
        byte[] came = hub.Receive(from, Rank);
        if (came.Length != target.Length)
        {
            throw new InvalidOperationException(FormattableString.Invariant(
                $"Rank {Rank} expected {target.Length} bytes from rank {from}, which sent {came.Length}: the ranks do not make the same calls."));
        }

        came.CopyTo(target);
    }

    /// <summary>What the ranks share: a queue from each to each.</summary>
    private sealed class Hub
    {
        private readonly Queue<byte[]>[] queues;
        private readonly bool[] returned;
        private int failed = -1;

        public Hub(int size)
        {
            Size = size;
            returned = new bool[size];
            queues = [.. Enumerable.Range(0, size * size).Select(_ => new Queue<byte[]>())];
        }

        public int Size { get; }

        public ExceptionDispatchInfo? Failure { get; private set; }

        public void Send(int from, int to, byte[] message)
        {
            var queue = queues[(from * Size) + to];
            lock (queue)
            {
                queue.Enqueue(message);
                Monitor.PulseAll(queue);
            }
        }

        public byte[] Receive(int from, int to)
        {
            var queue = queues[(from * Size) + to];
            lock (queue)
            {
                while (queue.Count == 0)
                {
                    if (Volatile.Read(ref failed) is var other and >= 0)
                    {
                        throw new RankFailedException(other, FormattableString.Invariant($"Rank {to} waits for rank {from}, and the job has ended: rank {other} failed: {Failure?.SourceException.Message}"));
                    }

                    if (Volatile.Read(ref returned[from]))
                    {
                        throw new InvalidOperationException(FormattableString.Invariant($"Rank {to} waits for rank {from}, which has returned: the ranks do not make the same calls."));
                    }

                    Monitor.Wait(queue);
                }

                return queue.Dequeue();
            }
        }

        public void Return(int rank)
        {
            Volatile.Write(ref returned[rank], true);
            WakeAll();
        }

        public void Fail(int rank, Exception exception)
        {
            lock (queues)
            {
                // What a rank has failed of by itself says more than that others ended with it.
                if (Failure is null || (Failure.SourceException is RankFailedException && exception is not RankFailedException))
                {
                    Failure = ExceptionDispatchInfo.Capture(exception);
                    Volatile.Write(ref failed, rank);
                }
            }

            WakeAll();
        }

        private void WakeAll()
        {
            foreach (var queue in queues)
            {
                lock (queue)
                {
                    Monitor.PulseAll(queue);
                }
            }
        }
    }
}
