using System.Runtime.ExceptionServices;

namespace Optim.Threading;

/// <summary>Work that falls into independent numbered chunks.</summary>
internal interface IChunked
{
    void Run(int chunk);
}

/// <summary>
/// Runs chunks on several threads. Which thread takes which chunk is left to chance; no result may depend on it.
/// </summary>
internal static class Chunks
{
    public static void Run<W>(in W work, int count, int threads)
        where W : struct, IChunked
    {
        threads = Math.Min(threads, count);
        if (threads <= 1)
        {
            for (int chunk = 0; chunk < count; chunk++)
            {
                work.Run(chunk);
            }

            return;
        }

        var job = new Job<W>(work, count);
        for (int i = 1; i < threads; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(job, preferLocal: false);
        }

        job.Execute();
        job.Wait();
    }

    /// <summary>
    /// The calling thread takes part and waits only for chunks that others have begun, so a busy thread pool delays nothing.
    /// </summary>
    private sealed class Job<W>(W work, int count) : IThreadPoolWorkItem
        where W : struct, IChunked
    {
        private readonly W work = work;
        private readonly object gate = new();
        private int next;
        private int done;
        private ExceptionDispatchInfo? failure;

        public void Execute()
        {
            int chunk;
            while ((chunk = Interlocked.Increment(ref next) - 1) < count)
            {
                try
                {
                    work.Run(chunk);
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

        public void Wait()
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

            failure?.Throw();
        }
    }
}
