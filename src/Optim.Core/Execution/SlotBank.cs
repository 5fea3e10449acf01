using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Optim.Tensors;

namespace Optim.Execution;

/// <summary>The memory of all slots of a state. Small slots lie in one array, so that a step allocates and pins one; each large one has its own.</summary>
internal sealed unsafe class SlotBank<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int LargestTogetherBytes = 32 * 1024;

    private readonly Layout layout;
    private readonly Storage<T>[] storages;
    private readonly int stride;

    private SlotBank(Layout layout, Storage<T>[] storages, int count)
    {
        this.layout = layout;
        this.storages = storages;
        Count = count;
        stride = Stride(layout);
    }

    public int Count { get; }

    private bool Together => IsTogether(layout);

    public TensorSet<T> this[int slot] => new(layout, StorageOf(slot), OriginOf(slot));

    public static SlotBank<T> Filled(Layout layout, ReadOnlySpan<double> initial)
    {
        var storages = IsTogether(layout)
            ? initial.IsEmpty ? [] : [Storage<T>.Allocate(checked(Stride(layout) * initial.Length))]
            : new Storage<T>[initial.Length];
        var bank = new SlotBank<T>(layout, storages, initial.Length);
        for (int slot = 0; slot < initial.Length; slot++)
        {
            if (!bank.Together)
            {
                storages[slot] = Storage<T>.Allocate(layout.Length);
            }

            bank[slot].Writable.Fill(T.CreateTruncating(initial[slot]));
        }

        return bank;
    }

    public static SlotBank<T> Copied(Layout layout, IReadOnlyList<TensorSet<T>> slots)
    {
        var bank = Filled(layout, new double[slots.Count]);
        for (int slot = 0; slot < slots.Count; slot++)
        {
            slots[slot].Span.CopyTo(bank[slot].Writable);
        }

        return bank;
    }

    /// <summary>Where the next state's slots go: in place where that is allowed, else new memory; slots that rest are kept or copied.</summary>
    public SlotBank<T> Successor(bool inPlace, List<int>? idle)
    {
        var next = new Storage<T>[storages.Length];
        for (int i = 0; i < next.Length; i++)
        {
            bool keep = (inPlace && !storages[i].Shared) || (!Together && idle is not null && idle.Contains(i));
            next[i] = keep ? storages[i] : Storage<T>.Allocate(Together ? stride * Count : layout.Length);
        }

        var bank = new SlotBank<T>(layout, next, Count);
        if (Together && idle is not null && next.Length > 0 && next[0] != storages[0])
        {
            foreach (int slot in idle)
            {
                this[slot].Span.CopyTo(bank[slot].Writable);
            }
        }

        return bank;
    }

    /// <summary>After the step: takes over what was written in place, and marks what both states now read.</summary>
    public void TakeOver(SlotBank<T> before, bool donated)
    {
        for (int i = 0; i < storages.Length; i++)
        {
            if (storages[i] != before.storages[i])
            {
                continue;
            }

            if (donated && !storages[i].Shared)
            {
                storages[i] = storages[i].HandOn();
            }
            else
            {
                storages[i].Share();
            }
        }
    }

    public void Share()
    {
        foreach (var storage in storages)
        {
            storage.Share();
        }
    }

    public void Release()
    {
        foreach (var storage in storages)
        {
            storage.Release();
        }
    }

    /// <summary>What must be pinned while pointers from <see cref="Pointer"/> are in use.</summary>
    public Span<T> Pinnable => Together && storages.Length > 0 ? storages[0].Array : [];

    /// <summary>The slot's first element; the pinned array's address is what <see cref="Pinnable"/> was fixed to.</summary>
    public T* Pointer(int slot, T* pinned) => Together
        ? pinned + OriginOf(slot)
        : (T*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(storages[slot].Array)) + OriginOf(slot);

    public bool IsOutOfPlaceOf(SlotBank<T> before)
    {
        for (int i = 0; i < storages.Length; i++)
        {
            if (storages[i] == before.storages[i])
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsTogether(Layout layout) => (long)layout.Length * sizeof(T) <= LargestTogetherBytes;

    /// <summary>From one slot to the next: whole cache lines, or whole pages for what does not fit into one (see <see cref="Storage{T}"/>).</summary>
    private static int Stride(Layout layout)
    {
        int unit = (layout.Length * sizeof(T) > 2048 ? 4096 : 64) / sizeof(T);
        return (layout.Length + unit - 1) / unit * unit;
    }

    private Storage<T> StorageOf(int slot) => storages[Together ? 0 : slot];

    private int OriginOf(int slot) => Together ? storages[0].Origin + (slot * stride) : storages[slot].Origin;
}
