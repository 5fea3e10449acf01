using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Optim.Tensors;

namespace Optim.Execution;

/// <summary>The memory of all slots of a state, between two steps.</summary>
internal sealed unsafe class SlotBank<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly SlotPlaces places;
    private readonly Storage<T>[] buffers;

    private SlotBank(SlotPlaces places, Storage<T>[] buffers)
    {
        this.places = places;
        this.buffers = buffers;
    }

    public int Count => places.Count;

    public TensorSet<T> this[int slot] => places.SetIn(buffers, slot);

    public Layout LayoutOf(int slot) => places.LayoutOf(slot);

    /// <summary>What must be pinned while pointers into the slots are in use.</summary>
    public Span<T> Pinnable => places.PinnableOf(buffers);

    public static SlotBank<T> Initial(TensorSet<T> parameters, IReadOnlyList<SlotDeclaration> declarations)
    {
        var bank = Allocated(declarations.Select(slot => slot.LayoutFor(parameters.Layout)));
        for (int slot = 0; slot < declarations.Count; slot++)
        {
            var layout = bank.LayoutOf(slot);
            var values = bank[slot].Writable;
            if (!declarations[slot].FromParameters)
            {
                Fill(values, layout, declarations[slot]);
                continue;
            }

            for (int i = 0; i < layout.Count; i++)
            {
                // A slot of some tensors alone is empty for the others.
                parameters[i].Span[..layout[i].Length].CopyTo(values[layout.OffsetOf(i)..]);
            }
        }

        return bank;
    }

    public static SlotBank<T> Copied(IReadOnlyList<TensorSet<T>> slots)
    {
        var bank = Allocated(slots.Select(slot => slot.Layout));
        for (int slot = 0; slot < slots.Count; slot++)
        {
            slots[slot].Span.CopyTo(bank[slot].Writable);
        }

        return bank;
    }

    /// <summary>Fills a table for sweeps in place. The address is what <see cref="Pinnable"/> was fixed to.</summary>
    public void Fill(SlotMemory<T>* table, T* pinned) => new NextSlots<T>(places, buffers, buffers).Fill(table, pinned, pinned);

    /// <summary>The memory that the next step writes: this one's where that is allowed, else new; of slots that rest it is kept or copied.</summary>
    /// <param name="inPlace">Whether this bank's memory may be written.</param>
    /// <param name="idle">The slots that rest; null for none.</param>
    public NextSlots<T> AllocateNext(bool inPlace, List<int>? idle)
    {
        var next = new Storage<T>[buffers.Length];
        for (int i = 0; i < next.Length; i++)
        {
            bool keep = (inPlace && !buffers[i].Shared) || (idle is not null && places.OnlySlotIn(i) is { } slot && idle.Contains(slot));
            next[i] = keep ? buffers[i] : Storage<T>.Allocate(places.LengthOf(i));
        }

        foreach (int slot in idle ?? [])
        {
            if (places.In(next, slot) != places.In(buffers, slot))
            {
                this[slot].Span.CopyTo(places.SetIn(next, slot).Writable);
            }
        }

        return new(places, buffers, next);
    }

    /// <summary>The bank whose memory is this: see <see cref="NextSlots{T}.Commit"/>.</summary>
    internal static SlotBank<T> Of(SlotPlaces places, Storage<T>[] buffers) => new(places, buffers);

    public void Share() => Array.ForEach(buffers, buffer => buffer.Share());

    public void Release() => Array.ForEach(buffers, buffer => buffer.Release());

    private static SlotBank<T> Allocated(IEnumerable<Layout> layouts)
    {
        var places = SlotPlaces.Of<T>(layouts);
        return new(places, [.. Enumerable.Range(0, places.BufferCount).Select(i => Storage<T>.Allocate(places.LengthOf(i)))]);
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
}

/// <summary>The memory of the slots while a step is writing it: no bank until the step is done, and then one by <see cref="Commit"/>.</summary>
/// <param name="places">Where slots lie.</param>
/// <param name="before">The buffers of the state before.</param>
/// <param name="next">Those of the next.</param>
internal readonly unsafe struct NextSlots<T>(SlotPlaces places, Storage<T>[] before, Storage<T>[] next)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>What must be pinned while the step runs.</summary>
    public Span<T> Pinnable => places.PinnableOf(next);

    /// <summary>Whether all of it is other memory than the state's before.</summary>
    public bool AreElsewhere
    {
        get
        {
            for (int i = 0; i < next.Length; i++)
            {
                if (next[i] == before[i])
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <summary>Fills a table for the sweeps. The two addresses are what both <see cref="SlotBank{T}.Pinnable"/> were fixed to.</summary>
    public void Fill(SlotMemory<T>* table, T* pinnedBefore, T* pinnedNext)
    {
        for (int slot = 0; slot < places.Count; slot++)
        {
            table[slot] = new(places.PointerIn(before, slot, pinnedBefore), places.PointerIn(next, slot, pinnedNext));
        }
    }

    /// <summary>The slots after the step. Memory that was written in place is handed on; what both states now read is marked as shared.</summary>
    public SlotBank<T> Commit(bool donated)
    {
        for (int i = 0; i < next.Length; i++)
        {
            if (next[i] != before[i])
            {
                continue;
            }

            if (donated && !next[i].Shared)
            {
                next[i] = next[i].HandOn();
            }
            else
            {
                next[i].Share();
            }
        }

        return SlotBank<T>.Of(places, next);
    }
}

/// <summary>Where the slots of a state lie: small ones together in the first buffer, so that a step allocates and pins one; each large one in a buffer of its own.</summary>
internal sealed unsafe class SlotPlaces
{
    private const int LargestTogetherBytes = 32 * 1024;

    private readonly Layout[] layouts;
    private readonly (int Buffer, int Offset)[] places;
    private readonly int[] lengths;
    private readonly bool firstIsCommon;

    private SlotPlaces(Layout[] layouts, (int Buffer, int Offset)[] places, int[] lengths, bool firstIsCommon)
    {
        this.layouts = layouts;
        this.places = places;
        this.lengths = lengths;
        this.firstIsCommon = firstIsCommon;
    }

    public int Count => layouts.Length;

    public int BufferCount => lengths.Length;

    public static SlotPlaces Of<T>(IEnumerable<Layout> slots)
        where T : unmanaged
    {
        Layout[] layouts = [.. slots];
        bool IsSmall(Layout layout) => (long)layout.Length * Unsafe.SizeOf<T>() <= LargestTogetherBytes;
        bool anySmall = Array.Exists(layouts, IsSmall);
        List<int> lengths = anySmall ? [0] : [];
        var places = new (int Buffer, int Offset)[layouts.Length];
        for (int slot = 0; slot < layouts.Length; slot++)
        {
            if (IsSmall(layouts[slot]))
            {
                places[slot] = (0, lengths[0]);
                lengths[0] = checked(lengths[0] + Stride(layouts[slot].Length, Unsafe.SizeOf<T>()));
            }
            else
            {
                places[slot] = (lengths.Count, 0);
                lengths.Add(layouts[slot].Length);
            }
        }

        return new(layouts, places, [.. lengths], anySmall);
    }

    public Layout LayoutOf(int slot) => layouts[slot];

    /// <summary>The elements of a buffer.</summary>
    public int LengthOf(int buffer) => lengths[buffer];

    /// <summary>The slot that has a buffer to itself; null in the common one.</summary>
    public int? OnlySlotIn(int buffer) => buffer == 0 && firstIsCommon ? null : Array.FindIndex(places, place => place.Buffer == buffer);

    /// <summary>The buffer a slot lies in.</summary>
    public Storage<T> In<T>(Storage<T>[] buffers, int slot)
        where T : unmanaged => buffers[places[slot].Buffer];

    public TensorSet<T> SetIn<T>(Storage<T>[] buffers, int slot)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var buffer = In(buffers, slot);
        return new(layouts[slot], buffer, buffer.Origin + places[slot].Offset);
    }

    /// <summary>What must be pinned while pointers are in use: the common buffer. A large one is pinned for good.</summary>
    public Span<T> PinnableOf<T>(Storage<T>[] buffers)
        where T : unmanaged => firstIsCommon ? buffers[0].Array : [];

    /// <summary>A slot's first element.</summary>
    public T* PointerIn<T>(Storage<T>[] buffers, int slot, T* pinned)
        where T : unmanaged
    {
        var buffer = In(buffers, slot);
        T* array = firstIsCommon && places[slot].Buffer == 0 ? pinned : (T*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(buffer.Array));
        return array + buffer.Origin + places[slot].Offset;
    }

    /// <summary>From one slot to the next: whole cache lines, or whole pages for what does not fit into one (see <see cref="Storage{T}"/>).</summary>
    private static int Stride(int length, int size)
    {
        int unit = (length * size > 2048 ? 4096 : 64) / size;
        return (length + unit - 1) / unit * unit;
    }
}
