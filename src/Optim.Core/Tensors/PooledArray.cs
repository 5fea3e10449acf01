using System.Runtime;
using System.Runtime.InteropServices;

namespace Optim.Tensors;

/// <summary>The right to use an array of the pool, from one rent to its return. Every <see cref="Storage{T}"/> over the array holds it, and nothing else does.</summary>
/// <remarks>A lease is never used again: it is the number of the loan, and one that has ended says so at each access and ends nothing a second time.</remarks>
internal sealed class Lease<T>(PooledArray<T> owner)
    where T : unmanaged
{
    private int ended;

    public T[] Array => owner.Array;

    /// <summary>Where the array keeps its elements; see <see cref="Placement"/>.</summary>
    public int Place => owner.Place;

    public bool HasEnded => Volatile.Read(ref ended) != 0;

    /// <summary>The array is about to be used.</summary>
    public void Use() => owner.Use();

    /// <summary>Returns the array to the pool, once.</summary>
    public void End()
    {
        if (Interlocked.Exchange(ref ended, 1) == 0)
        {
            owner.Return();
        }

        // Until here: the finalizer must find the lease.
        GC.KeepAlive(this);
    }
}

/// <summary>An array of the pool, which returns when nothing can use it any more: no reference, no span on a stack, and no finalizer that is still to run.</summary>
/// <remarks>
/// <para>The array is tied to this object by a dependent handle: this object lives as long as the array is reachable from anywhere, spans on stacks included. A collection that finds neither queues the finalizer
/// below. But it queues, with it and in any order, the finalizers of the application's objects that hold the same array; and they may use it, give it back, or make it reachable again.</para>
/// <para>Hence the finalizer asks for the lease, by a reference that is cleared only where no finalizer can reach its target either. The array itself cannot be asked: this object keeps it. Without a lease there is no way to
/// the array but a span on a stack, and the collection has found none. Where the lease lives, the array waits for another collection; so do resurrected states, and they read what they held.</para>
/// <para>One case is left: the array is used after that collection (by a state that a finalizer has resurrected), so that a span may be on a stack by now, and another collection ends the lease before this finalizer runs.
/// <see cref="reachable"/> is cleared by the collection that queues the finalizer, and whoever uses the array without it leaves a mark.</para>
/// </remarks>
internal sealed class PooledArray<T>
    where T : unmanaged
{
    // From the array to this object.
    private DependentHandle whileReachable;

    // To the array; cleared with the queueing of the finalizer.
    private GCHandle reachable;

    // To the lease; cleared when no finalizer can reach it.
    private GCHandle lease;

    private int usedSinceUnreachable;
    private bool registered = true;

    public PooledArray(T[] array)
    {
        Array = array;
        whileReachable = new DependentHandle(array, this);
        reachable = GCHandle.Alloc(array, GCHandleType.Weak);
        lease = GCHandle.Alloc(null, GCHandleType.WeakTrackResurrection);
    }

    // A finalizer that throws ends the process, also that of an object whose constructor ran out of memory.
    ~PooledArray()
    {
        if (!lease.IsAllocated)
        {
            whileReachable.Dispose();
            if (reachable.IsAllocated)
            {
                reachable.Free();
            }
        }
        else if (lease.Target is not null || Interlocked.Exchange(ref usedSinceUnreachable, 0) != 0)
        {
            GC.ReRegisterForFinalize(this);
        }
        else
        {
            registered = false;
            BufferPool<T>.Return(this);
        }
    }

    public T[] Array { get; }

    /// <summary>Where it keeps its elements, in each loan: arrays that come back in turn stay apart.</summary>
    public int Place { get; } = Placement.Next();

    public Lease<T> Lend()
    {
        var lent = new Lease<T>(this);
        reachable.Target = Array;
        lease.Target = lent;
        if (!registered)
        {
            registered = true;
            GC.ReRegisterForFinalize(this);
        }

        return lent;
    }

    /// <summary>Leaves a mark where the finalizer has been queued: it runs later than this, perhaps in the next loan, and decides nothing then.</summary>
    public void Use()
    {
        if (reachable.Target is null)
        {
            Volatile.Write(ref usedSinceUnreachable, 1);
            reachable.Target = Array;
        }
    }

    public void Return()
    {
        Use();
        BufferPool<T>.Return(this);
    }

    /// <summary>Leaves the array to the garbage collector.</summary>
    public void Forget()
    {
        GC.SuppressFinalize(this);
        whileReachable.Dispose();
        reachable.Free();
        lease.Free();
    }
}
