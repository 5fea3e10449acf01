using System.Diagnostics;
using System.Runtime.CompilerServices;
using Optim.Distributed;

namespace Optim.Benchmarks;

/// <summary>Ranks whose exchanges take as long as over a network of so many bits a second each way: the thread that exchanges sleeps for the rest. What it takes of the processor is that of the ranks themselves.</summary>
internal sealed class SlowLink(ICommunicator ranks, double bitsPerSecond) : ICommunicator
{
    private double owed;

    public int Rank => ranks.Rank;

    public int Size => ranks.Size;

    public long BytesSent => ranks.BytesSent;

    public void Exchange<T>(int to, ReadOnlySpan<T> sent, int from, Span<T> received)
        where T : unmanaged
    {
        long begun = Stopwatch.GetTimestamp();
        ranks.Exchange(to, sent, from, received);
        owed += (8.0 * Unsafe.SizeOf<T>() * Math.Max(sent.Length, received.Length) / bitsPerSecond) - Stopwatch.GetElapsedTime(begun).TotalSeconds;

        // A thread sleeps for whole milliseconds, and longer than it is told to: what is left is added to the next.
        owed = Math.Max(owed, 0);
        if (owed >= 1e-3)
        {
            begun = Stopwatch.GetTimestamp();
            Thread.Sleep((int)(1e3 * owed));
            owed -= Stopwatch.GetElapsedTime(begun).TotalSeconds;
        }
    }

    public void AllGather<T>(Span<T> vector, IReadOnlyList<int> ends)
        where T : unmanaged
    {
        int next = (Rank + 1) % Size, previous = (Rank + Size - 1) % Size;
        for (int step = 0, part = Rank; step < Size - 1; step++)
        {
            int incoming = (part + Size - 1) % Size;
            Exchange<T>(next, vector[From(part)..ends[part]], previous, vector[From(incoming)..ends[incoming]]);
            part = incoming;
        }

        int From(int part) => part == 0 ? 0 : ends[part - 1];
    }

    public void Broadcast<T>(Span<T> vector, int root = 0)
        where T : unmanaged => ranks.Broadcast(vector, root);

    public void Barrier() => ranks.Barrier();

    public void Dispose()
    {
    }
}
