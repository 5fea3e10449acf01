using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Optim.Tensors;

/// <summary>
/// The memory under one or more tensor sets, and the right to read it. Donation transfers the memory to a successor and revokes the right.
/// </summary>
/// <remarks>
/// Small memory is an ordinary array (renting costs more than a gen-0 collection), which must be pinned while a pointer to it is in use; large memory is a pinned array from the
/// <see cref="BufferPool{T}"/>, which must be reachable for as long. It is page-aligned, so that no two streams of a sweep are a cache line apart modulo 4096 bytes (4K aliasing): the
/// processor would treat the load of one as dependent on the store of the other (measured: 2.7 times slower), and apart from other large memory: see <see cref="Placement"/>.
/// </remarks>
internal sealed unsafe class Storage<T>
    where T : unmanaged
{
    private const int LargestOrdinaryBytes = 32 * 1024;
    private const int Valid = 0, HandedOn = 1, HalfWritten = 2;

    private readonly T[] array;
    private readonly Lease<T>? lease;
    private int revoked;

    // Odd while a donated step writes here, in place.
    private int version;
    private volatile bool shared;

    private Storage(T[] array, Lease<T>? lease, int origin)
    {
        this.array = array;
        this.lease = lease;
        Origin = origin;
    }

    /// <summary>The offset of the elements in the array.</summary>
    public int Origin { get; }

    /// <summary>Whether another value may read this memory, so that it must never be written in place.</summary>
    public bool Shared => shared;

    public bool Revoked => Volatile.Read(ref revoked) != Valid;

    /// <summary>Whether a step has failed while it wrote here, so that this is half of each.</summary>
    public bool Broken => Volatile.Read(ref revoked) == HalfWritten;

    /// <exception cref="InvalidOperationException">The memory was donated.</exception>
    public T[] Array
    {
        get
        {
            if (Revoked)
            {
                throw Gone();
            }

            if (lease is not null)
            {
                if (lease.HasEnded)
                {
                    throw Gone();
                }

                lease.Use();
            }

            return array;
        }
    }

    /// <summary>Memory of the given length, its contents arbitrary.</summary>
    public static Storage<T> Allocate(int length)
    {
        if ((long)length * sizeof(T) <= LargestOrdinaryBytes)
        {
            return new(length == 0 ? [] : GC.AllocateUninitializedArray<T>(length), null, 0);
        }

        // As many elements as the longest set has must fit, whatever room is left then.
        var (array, lease) = BufferPool<T>.Rent((int)Math.Min((long)length + Placement.Room<T>(length), System.Array.MaxLength));
        return new(array, lease, Placement.Origin(array, length, lease?.Place ?? Placement.Next()));
    }

    /// <summary>The same where the memory is pinned for good, small memory too: an address in it is good for as long as this is reachable.</summary>
    public static Storage<T> AllocatePinned(int length) =>
        (long)length * sizeof(T) <= LargestOrdinaryBytes ? new(GC.AllocateUninitializedArray<T>(length, pinned: true), null, 0) : Allocate(length);

    /// <summary>The address of the first element, of memory that is pinned for good: large memory, or what <see cref="AllocatePinned"/> made.</summary>
    public T* PinnedAddress => (T*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(Array)) + Origin;

    public void Share() => shared = true;

    /// <summary>A donated step writes in this memory from now on: who reads it, or is reading it, gets nothing.</summary>
    public void BeginWriting() => Interlocked.Increment(ref version);

    /// <summary>The step has failed, and has written nothing.</summary>
    public void EndWriting() => Interlocked.Increment(ref version);

    /// <summary>Begins to read; <see cref="Reading.End"/> says whether what was read is whole.</summary>
    /// <exception cref="InvalidOperationException">The memory was donated, or is being written.</exception>
    public Reading Read()
    {
        int now = Volatile.Read(ref version);
        return Revoked || (now & 1) != 0 ? throw Gone() : new(this, now);
    }

    /// <summary>A step in this memory has failed after it wrote: nobody may read it any more.</summary>
    public void Break() => Interlocked.CompareExchange(ref revoked, HalfWritten, Valid);

    /// <summary>The same memory under a new right; the old one is revoked.</summary>
    public Storage<T> HandOn()
    {
        if (Interlocked.CompareExchange(ref revoked, HandedOn, Valid) != Valid)
        {
            throw Gone();
        }

        return new(array, lease, Origin);
    }

    /// <summary>Revokes every reader's right and releases the memory at once, unless it is shared.</summary>
    public void Release()
    {
        if (!shared && Interlocked.CompareExchange(ref revoked, HandedOn, Valid) == Valid)
        {
            lease?.End();
        }
    }

    /// <summary>A reading of the memory.</summary>
    public readonly struct Reading(Storage<T> storage, int since)
    {
        /// <exception cref="InvalidOperationException">A donated step has begun to write here since the reading began: what was read may be half of each.</exception>
        public void End()
        {
            Interlocked.MemoryBarrier();
            if (Volatile.Read(ref storage.version) != since)
            {
                throw storage.Gone();
            }
        }
    }

    private InvalidOperationException Gone() => Broken ? HalfUpdated.Error() : new(
        "These values were part of a state that was donated to a later step (or disposed), and their memory has been reused. " +
        "Copy what must outlive a donated state, or do not donate it.");
}
