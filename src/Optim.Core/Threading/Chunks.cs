using System.Runtime.ExceptionServices;

namespace Optim.Threading;

/// <summary>Work that is divided into independent numbered chunks.</summary>
internal interface IChunked
{
    void Run(int chunk);
}

/// <summary>
/// Runs chunks on several threads. The assignment of chunks to threads is arbitrary; no result may depend on it.
/// </summary>
internal static class Chunks
{
    /// <summary>The number of elements per chunk of a sweep.</summary>
    public const int ElementsEach = 32 * 1024;

    /// <summary>The number of threads worth using: waking one pays off from two chunks on.</summary>
    public static int ThreadsFor(int length, int threads) => Math.Min(threads, length / (2 * ElementsEach) + 1);

    /// <summary>The number of chunks in a sweep of so many elements.</summary>
    public static int CountFor(int length) => (int)(((uint)length + ElementsEach - 1) / ElementsEach);

    /// <param name="work">The work.</param>
    /// <param name="count">The number of chunks.</param>
    /// <param name="threads">The maximum number of threads.</param>
    /// <param name="job">The job, reusable by one caller at a time; null to create one if needed.</param>
    public static void Run<W>(in W work, int count, int threads, Job<W>? job = null)
        where W : struct, IChunked
    {
        threads = Math.Min(threads, count);
        if (threads > 1)
        {
            (job ?? new()).Run(work, count, threads);
            return;
        }

        for (int chunk = 0; chunk < count; chunk++)
        {
            work.Run(chunk);
        }
    }
}

/// <summary>
/// Distributes chunks. The calling thread takes part and waits only for chunks that others have begun, so a busy thread pool causes no delay.
/// </summary>
/// <remarks>
/// A helper that the pool starts late, after its run is over, finds no chunk left, or helps with the next run. So it may access nothing but
/// <see cref="left"/> before it holds a chunk: the run whose chunk it holds cannot end, and everything else belongs to that run until it is done.
/// </remarks>
internal sealed class Job<W> : IThreadPoolWorkItem
    where W : struct, IChunked
{
    private readonly object gate = new();
    private W work;
    private int count;
    private int left;
    private int done;
    private int helpers;
    private ExceptionDispatchInfo? failure;

    public void Run(in W newWork, int newCount, int threads)
    {
        work = newWork;
        count = newCount;
        done = 0;
        failure = null;
        Volatile.Write(ref left, newCount);
        for (int i = Volatile.Read(ref helpers) + 1; i < threads; i++)
        {
            Interlocked.Increment(ref helpers);
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }

        Take();
        Wait();
        work = default;
        failure?.Throw();
    }

    public void Execute()
    {
        Interlocked.Decrement(ref helpers);
        Take();
    }

    private void Take()
    {
        int after;
        while ((after = Interlocked.Decrement(ref left)) >= 0)
        {
            try
            {
                work.Run(count - 1 - after);
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }

            if (Interlocked.Increment(ref done) == count)
            {
                lock (gate)
                {
                    Monitor.PulseAll(gate);
                }
            }
        }
    }

    private void Wait()
    {
        // The last chunks end within microseconds of each other; sleeping costs more than that.
        var spin = default(SpinWait);
        while (Volatile.Read(ref done) < count && spin.Count < 200)
        {
            spin.SpinOnce(sleep1Threshold: -1);
        }

        lock (gate)
        {
            while (Volatile.Read(ref done) < count)
            {
                Monitor.Wait(gate);
            }
        }
    }
}
