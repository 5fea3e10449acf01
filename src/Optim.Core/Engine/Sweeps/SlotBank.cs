using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Optim.Tensors;

namespace Optim.Execution;

/// <summary>Where the slots of a state lie: small ones together in one array, so that a step allocates and pins one; each large one has its own.</summary>
internal sealed class SlotPlaces
{
    private const int LargestTogetherBytes = 32 * 1024;

    private readonly Layout[] layouts;
    private readonly int[] offsets;

    private SlotPlaces(Layout[] layouts, int[] offsets, int commonLength)
    {
        this.layouts = layouts;
        this.offsets = offsets;
        CommonLength = commonLength;
    }

    public int Count => layouts.Length;

    /// <summary>The elements of the array that small slots share.</summary>
    public int CommonLength { get; }

    public static SlotPlaces Of<T>(IEnumerable<Layout> layouts)
        where T : unmanaged
    {
        Layout[] all = [.. layouts];
        int[] offsets = new int[all.Length];
        int length = 0;
        for (int slot = 0; slot < all.Length; slot++)
        {
            bool together = (long)all[slot].Length * Unsafe.SizeOf<T>() <= LargestTogetherBytes;
            offsets[slot] = together ? length : -1;
            length = together ? checked(length + Stride(all[slot].Length, Unsafe.SizeOf<T>())) : length;
        }

        return new(all, offsets, length);
    }

    public Layout LayoutOf(int slot) => layouts[slot];

    /// <summary>Whether a slot lies in the common array.</summary>
    public bool IsCommon(int slot) => offsets[slot] >= 0;

    public int OffsetOf(int slot) => offsets[slot];

    /// <summary>From one slot to the next: whole cache lines, or whole pages for what does not fit into one (see <see cref="Storage{T}"/>).</summary>
    private static int Stride(int length, int size)
    {
        int unit = (length * size > 2048 ? 4096 : 64) / size;
        return (length + unit - 1) / unit * unit;
    }
}

/// <summary>The memory of all slots of a state.</summary>
internal sealed unsafe class SlotBank<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly SlotPlaces places;
    private readonly Storage<T>? common;
    private readonly Storage<T>?[] own;

    private SlotBank(SlotPlaces places, Storage<T>? common, Storage<T>?[] own)
    {
        this.places = places;
        this.common = common;
        this.own = own;
    }

    public int Count => places.Count;

    public TensorSet<T> this[int slot] => new(places.LayoutOf(slot), StorageOf(slot), OriginOf(slot));

    public Layout LayoutOf(int slot) => places.LayoutOf(slot);

    public static SlotBank<T> Initial(TensorSet<T> parameters, IReadOnlyList<SlotDeclaration> declarations)
    {
        var bank = Allocated(SlotPlaces.Of<T>(declarations.Select(slot => slot.LayoutFor(parameters.Layout))));
        for (int slot = 0; slot < declarations.Count; slot++)
        {
            if (declarations[slot].FromParameters)
            {
                var layout = bank.LayoutOf(slot);
                for (int i = 0; i < layout.Count; i++)
                {
                    // A slot of some tensors alone is empty for the others.
                    parameters[i].Span[..layout[i].Length].CopyTo(bank[slot].Writable[layout.OffsetOf(i)..]);
                }
            }
            else
            {
                Fill(bank[slot].Writable, bank.LayoutOf(slot), declarations[slot]);
            }
        }

        return bank;
    }

    private static void Fill(Span<T> slot, Layout layout, SlotDeclaration declaration)
    {
        T initial = T.CreateTruncating(declaration.Initial);
        slot.Fill(initial);
        for (int i = 0; declaration.OnDiagonal && i < layout.Count; i++)
        {
            if (layout[i].Dimensions.Count != 2)
            {
                continue;
            }

            var matrix = slot.Slice(layout.OffsetOf(i), layout[i].Length);
            matrix.Clear();
            for (int j = 0; j < matrix.Length; j += layout[i].Dimensions[1] + 1)
            {
                matrix[j] = initial;
            }
        }
    }

    public static SlotBank<T> Copied(IReadOnlyList<TensorSet<T>> slots)
    {
        var bank = Allocated(SlotPlaces.Of<T>(slots.Select(slot => slot.Layout)));
        for (int slot = 0; slot < slots.Count; slot++)
        {
            slots[slot].Span.CopyTo(bank[slot].Writable);
        }

        return bank;
    }

    /// <summary>Where the next state's slots go: in place where that is allowed, else new memory; slots that rest are kept or copied.</summary>
    public SlotBank<T> Successor(bool inPlace, List<int>? idle)
    {
        var nextCommon = common is null || (inPlace && !common.Shared) ? common : Storage<T>.Allocate(places.CommonLength);
        var next = own.Length == 0 ? own : new Storage<T>?[own.Length];
        for (int slot = 0; slot < next.Length; slot++)
        {
            if (own[slot] is { } storage)
            {
                bool keep = (inPlace && !storage.Shared) || (idle is not null && idle.Contains(slot));
                next[slot] = keep ? storage : Storage<T>.Allocate(places.LayoutOf(slot).Length);
            }
        }

        var bank = new SlotBank<T>(places, nextCommon, next);
        if (idle is not null && nextCommon != common)
        {
            foreach (int slot in idle.Where(places.IsCommon))
            {
                this[slot].Span.CopyTo(bank[slot].Writable);
            }
        }

        return bank;
    }

    /// <summary>After the step: takes over what was written in place, and marks what both states now read.</summary>
    public SlotBank<T> TakeOver(SlotBank<T> before, bool donated)
    {
        var bank = new SlotBank<T>(places, Taken(common, before.common), own);
        for (int slot = 0; slot < own.Length; slot++)
        {
            own[slot] = Taken(own[slot], before.own[slot]);
        }

        return bank;

        Storage<T>? Taken(Storage<T>? storage, Storage<T>? old)
        {
            if (storage is null || storage != old)
            {
                return storage;
            }

            if (donated && !storage.Shared)
            {
                return storage.HandOn();
            }

            storage.Share();
            return storage;
        }
    }

    public void Share()
    {
        common?.Share();
        Array.ForEach(own, storage => storage?.Share());
    }

    public void Release()
    {
        common?.Release();
        Array.ForEach(own, storage => storage?.Release());
    }

    /// <summary>What must be pinned while pointers from <see cref="Pointer"/> are in use.</summary>
    public Span<T> Pinnable => common is null ? [] : common.Array;

    /// <summary>The slot's first element; the pinned array's address is what <see cref="Pinnable"/> was fixed to.</summary>
    public T* Pointer(int slot, T* pinned)
    {
        if (places.IsCommon(slot))
        {
            return pinned + OriginOf(slot);
        }

        // A large array is pinned for good; one that is not (a slot of no more than 32 KiB) lies in the common one.
        return (T*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(StorageOf(slot).Array)) + OriginOf(slot);
    }

    public bool IsOutOfPlaceOf(SlotBank<T> before) =>
        (common is null || common != before.common) && !own.Where((storage, slot) => storage is not null && storage == before.own[slot]).Any();

    private static SlotBank<T> Allocated(SlotPlaces places)
    {
        bool[] isCommon = [.. Enumerable.Range(0, places.Count).Select(places.IsCommon)];
        return new(
            places, isCommon.Contains(true) ? Storage<T>.Allocate(places.CommonLength) : null,
            isCommon.Contains(false) ? [.. isCommon.Select((together, slot) => together ? null : Storage<T>.Allocate(places.LayoutOf(slot).Length))] : []);
    }

    private Storage<T> StorageOf(int slot) => (places.IsCommon(slot) ? common : own[slot])!;

    private int OriginOf(int slot) => StorageOf(slot).Origin + (places.IsCommon(slot) ? places.OffsetOf(slot) : 0);
}
