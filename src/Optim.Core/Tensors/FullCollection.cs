using System.Runtime.CompilerServices;

namespace Optim.Tensors;

/// <summary>Collects all generations and waits for pending finalizers, but not forever.</summary>
/// <remarks>
/// <see cref="GC.WaitForPendingFinalizers"/> has no timeout: it would deadlock if the caller holds a lock that some finalizer of the
/// application needs. Here the caller continues after a while, and only misses some arrays.
/// </remarks>
internal static class FullCollection
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(100);

    public static void Run()
    {
        object ran = new();
        lock (ran)
        {
            Abandon(ran);
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
            Monitor.Wait(ran, LongestWait);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Abandon(object ran) => _ = new Last(ran);

    /// <summary>Signals that the finalizers have run: the collector queues the youngest objects' last.</summary>
    private sealed class Last(object ran)
    {
        ~Last()
        {
            lock (ran)
            {
                Monitor.Pulse(ran);
            }
        }
    }
}
