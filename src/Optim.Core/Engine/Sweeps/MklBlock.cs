using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Lanes;
using Optim.LinearAlgebra;

namespace Optim.Execution;

/// <summary>What a thread works on: the block's length, and memory for the results of its operations, taken in a row and given back all at once.</summary>
internal sealed unsafe class MklBlock<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Of a block; a formula's results together should stay within the second cache, and a call should be worth its cost.</summary>
    public const int MostElements = 2048;

    // Results that began at the same place in their pages would make the processor wait for stores that do not concern it.
    private const int Stride = MostElements + 32, ResultsPerSlab = 16, SlabLength = Stride * ResultsPerSlab;

    // A cache line, which MKL's functions are fastest from; a stride is a whole number of them.
    private const int Alignment = 64;

    [ThreadStatic]
    private static MklBlock<T>? current;

    private readonly List<T[]> slabs = [];
    private readonly List<(int Slot, nint Values)> writes = [];
    private int taken;

    private MklBlock(MklVectors<T> mkl) => Mkl = mkl;

    /// <summary>The one this thread works on.</summary>
    public static MklBlock<T> Current => current!;

    public MklVectors<T> Mkl { get; }

    /// <summary>The elements of the current block.</summary>
    public int Count { get; private set; }

    /// <summary>This thread's, made when first asked for.</summary>
    public static MklBlock<T> For(MklVectors<T> mkl) => current ??= new(mkl);

    /// <summary>Begins a block: all results so far are gone.</summary>
    public void Begin(int count)
    {
        Count = count;
        taken = 0;
        writes.Clear();
    }

    /// <summary>Memory for one result.</summary>
    public T* Take()
    {
        int slab = taken / ResultsPerSlab;
        if (slab == slabs.Count)
        {
            slabs.Add(GC.AllocateUninitializedArray<T>(SlabLength + (Alignment / sizeof(T)), pinned: true));
        }

        return First(slabs[slab]) + (Stride * (taken++ % ResultsPerSlab));
    }

    public T* TakeCopy(T* values)
    {
        T* result = Take();
        new ReadOnlySpan<T>(values, Count).CopyTo(new Span<T>(result, Count));
        return result;
    }

    /// <summary>Remembers what a slot is to be. Written at once it could change what the formula has loaded and still reads.</summary>
    public void Write(int slot, T* values) => writes.Add((slot, (nint)(IsResult(values) ? values : TakeCopy(values))));

    /// <summary>Writes the slots.</summary>
    public void WriteSlots(SlotMemory<T>* slots, nint start)
    {
        foreach (var (slot, values) in writes)
        {
            new ReadOnlySpan<T>((T*)values, Count).CopyTo(new Span<T>(slots[slot].Next + start, Count));
        }
    }

    private static T* First(T[] slab) => (T*)(((nint)Unsafe.AsPointer(ref slab[0]) + Alignment - 1) & ~(Alignment - 1));

    private bool IsResult(T* values)
    {
        foreach (var slab in slabs)
        {
            if (values >= First(slab) && values < First(slab) + SlabLength)
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>A formula's slots on a block.</summary>
internal readonly unsafe struct MklSlots<T>(MklBlock<T> block, SlotMemory<T>* slots, nint start) : ISlots<MklLane<T>>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly SlotMemory<T>* slots = slots;

    public MklLane<T> Read(int slot) => new(slots[slot].Current + start);

    public void Write(int slot, MklLane<T> value) => block.Write(slot, value.Values);
}
