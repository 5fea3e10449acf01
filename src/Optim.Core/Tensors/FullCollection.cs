using System.Runtime.CompilerServices;

namespace Optim.Tensors;

/// <summary>What a collection of all generations means to the pools: it is asked for here, and listened to.</summary>
internal static class FullCollection
{
    /// <summary>The name of the switch; see docs/performance.md.</summary>
    public const string Switch = "Optim.Memory.ForceCollections";

    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(100);
    private static readonly Lock Gate = new();
    private static readonly List<Action<bool>> Pools = [];
    private static int lastSeen = GC.CollectionCount(GC.MaxGeneration);

    static FullCollection() => _ = new Listener();

    /// <summary>How many have been forced.</summary>
    public static int Count { get; private set; }

    /// <summary>Whether the pools may force a collection: the application's switch <see cref="Switch"/>, on by default.</summary>
    /// <remarks>
    /// Measured on two cores, a pure fold of AdamW against a donated one: forced, it takes 3 to 4 times as long at 1e5 and 1e6 elements and 1.7 times at 1e7; where new memory waits for the collector's own
    /// decision (hinted at by <see cref="GCCollectionMode.Optimized"/> or not), 17 to 50 times and 5 to 18 times, or the heap grows to gigabytes. No cheaper way is known: whether a state has another reference, on a stack or in a closure, only a collection of all generations can say.
    /// </remarks>
    public static bool MayBeForced => !AppContext.TryGetSwitch(Switch, out bool may) || may;

    /// <summary>Whether finalizers run: if one of the application's does not end, no array returns, and none that needs a finalizer may be made.</summary>
    public static bool IsFollowedByFinalizers => GC.CollectionCount(GC.MaxGeneration) - Volatile.Read(ref lastSeen) <= 1;

    /// <summary>Adds a pool's method that is called after each collection, and told whether to drop every free array.</summary>
    public static void Join(Action<bool> pool)
    {
        lock (Gate)
        {
            Pools.Add(pool);
        }
    }

    /// <summary>Collects all generations and waits for pending finalizers, but not forever.</summary>
    /// <remarks>
    /// <see cref="GC.WaitForPendingFinalizers"/> has no timeout: it would deadlock if the caller holds a lock that some finalizer of the
    /// application needs. Here the caller continues after a while, and only misses some arrays.
    /// </remarks>
    /// <returns>Whether finalizers have run.</returns>
    public static bool Run()
    {
        object ran = new();
        lock (ran)
        {
            Abandon(ran);
            Count++;
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
            return Monitor.Wait(ran, LongestWait);
        }
    }

    /// <summary>Drops the free arrays of all pools, those too that only a collection and its finalizers make free, and has the collector give up what it keeps for later.</summary>
    /// <remarks>For an allocation that has failed: the runtime has just collected everything for it, and the next step is the application's failure.</remarks>
    public static void DropAll()
    {
        Tell(drop: true);
        try
        {
            Run();
        }
        catch (OutOfMemoryException)
        {
            // Not even an object to wait for.
        }

        Tell(drop: true);

        // Under a heap limit, free regions of other sizes count against it until they are decommitted.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    private static void Tell(bool drop)
    {
        lock (Gate)
        {
            for (int i = 0; i < Pools.Count; i++)
            {
                Pools[i](drop);
            }
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

    /// <summary>Its finalizer runs after each full collection, once it has grown old.</summary>
    private sealed class Listener
    {
        ~Listener()
        {
            if (!Environment.HasShutdownStarted)
            {
                Volatile.Write(ref lastSeen, GC.CollectionCount(GC.MaxGeneration));
                Tell(drop: IsMemoryShort());
                GC.ReRegisterForFinalize(this);
            }
        }

        // Of the machine, or of the heap: near its limit the application's own small objects must not fail for arrays that nobody uses. A finalizer that throws ends the process.
        private static bool IsMemoryShort()
        {
            try
            {
                var memory = GC.GetGCMemoryInfo();
                return memory.MemoryLoadBytes > memory.HighMemoryLoadThresholdBytes || memory.HeapSizeBytes > memory.TotalAvailableMemoryBytes / 4 * 3;
            }
            catch (OutOfMemoryException)
            {
                return true;
            }
        }
    }
}
