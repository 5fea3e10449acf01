using System.Runtime.CompilerServices;

namespace Optim.Tensors;

/// <summary>Collects all generations and waits for the finalizers of what was found, but not for ever.</summary>
/// <remarks>
/// <see cref="GC.WaitForPendingFinalizers"/> has no limit: it would deadlock where the caller holds a lock that some finalizer of the
/// application wants. Here the caller goes on after a while, and only misses some arrays.
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

    /// <summary>Tells when the finalizers have run: the collector queues the youngest objects' last.</summary>
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
