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

    public SlotBank(SlotPlaces places, Storage<T>[] buffers)
    {
        this.places = places;
        this.buffers = buffers;
    }

    private SlotBank(IEnumerable<string> names, IEnumerable<Layout> layouts, IReadOnlyList<SlotFormat>? formats = null)
    {
        places = SlotPlaces.Of<T>(names, layouts, formats);
        buffers = [.. places.BufferLengths.ToArray().Select(Storage<T>.Allocate)];
    }

    public int Count => places.Layouts.Length;

    /// <summary>The layout of each slot.</summary>
    public ReadOnlyMemory<Layout> Layouts => places.Layouts;

    /// <summary>What must be pinned while pointers into the slots are in use.</summary>
    public Span<T> Pinnable => buffers[0].Array;

    /// <summary>How each slot is stored.</summary>
    public ReadOnlyMemory<SlotFormat> Formats => places.Formats;

    /// <summary>Whether some slots are stored in fewer bits.</summary>
    public bool HasCodedSlots => places.HasCodedSlots;

    /// <summary>A slot: its own memory, or a copy where it is stored in fewer bits.</summary>
    public TensorSet<T> this[int slot] => places.Formats.Span[slot] == SlotFormat.Full ? places.Set(buffers, slot) : Decoded(slot);

    public static SlotBank<T> Initial(TensorSet<T> parameters, IReadOnlyList<SlotDeclaration> declarations)
    {
        var bank = new SlotBank<T>(declarations.Select(slot => slot.Name), declarations.Select(slot => slot.LayoutFor(parameters.Layout)));
        for (int slot = 0; slot < declarations.Count; slot++)
        {
            declarations[slot].Fill(bank[slot], parameters);
        }

        return bank;
    }

    public static SlotBank<T> Copied(IReadOnlyList<TensorSet<T>> slots, IReadOnlyList<SlotDeclaration> declarations)
    {
        var bank = new SlotBank<T>(declarations.Select(slot => slot.Name), slots.Select(slot => slot.Layout));
        for (int slot = 0; slot < slots.Count; slot++)
        {
            slots[slot].Span.CopyTo(bank[slot].Writable);
        }

        return bank;
    }

    /// <summary>The same slots in other formats, rounded to nearest.</summary>
    public SlotBank<T> WithFormats(ReadOnlySpan<SlotFormat> formats)
    {
        var bank = new SlotBank<T>(places.Names, places.Layouts.ToArray(), formats.ToArray());
        for (int slot = 0; slot < Count; slot++)
        {
            if (formats[slot] == Formats.Span[slot])
            {
                places.Memory(buffers, slot).CopyTo(bank.places.Memory(bank.buffers, slot));
            }
            else
            {
                bank.Write(slot, this[slot].Span, SlotCode.Nearest(formats[slot]), default);
            }
        }

        return bank;
    }

    /// <summary>What a step has made of slots in full, in the formats that they are stored in.</summary>
    /// <param name="formats">The formats.</param>
    /// <param name="step">The number of steps taken before that one.</param>
    public SlotBank<T> AfterStep(ReadOnlySpan<SlotFormat> formats, long step)
    {
        var bank = new SlotBank<T>(places.Names, places.Layouts.ToArray(), formats.ToArray());
        for (int slot = 0; slot < Count; slot++)
        {
            bank.Write(slot, this[slot].Span, formats[slot], bank.RoundingAt(step, null).Of(slot));
        }

        return bank;
    }

    /// <summary>Sets a slot's elements, as a step does.</summary>
    public void Write(int slot, ReadOnlySpan<T> values, in SlotRounding rounding) => Write(slot, values, Formats.Span[slot], rounding.Of(slot));

    /// <summary>How a step rounds what it writes.</summary>
    /// <param name="step">The number of steps taken before it.</param>
    /// <param name="firsts">See <see cref="Chance"/>.</param>
    public SlotRounding RoundingAt(long step, int[]? firsts) => new(places.Seeds, firsts, step);

    private void Write(int slot, ReadOnlySpan<T> values, SlotFormat format, in Chance chance)
    {
        if (format == SlotFormat.Full)
        {
            values.CopyTo(places.Set(buffers, slot).Writable);
            return;
        }

        fixed (T* memory = places.Memory(buffers, slot), source = values)
        {
            SlotCode.Encode(format, memory, Layouts.Span[slot], 0, values.Length, source, chance);
        }
    }

    private TensorSet<T> Decoded(int slot)
    {
        var layout = Layouts.Span[slot];
        var set = TensorSet.Uninitialized<T>(layout);
        fixed (T* memory = places.Memory(buffers, slot), target = set.Writable)
        {
            SlotCode.Decode(Formats.Span[slot], memory, layout, 0, layout.Length, target);
        }

        return set;
    }

    /// <summary>Fills a table for sweeps in place. The address is what <see cref="Pinnable"/> was fixed to.</summary>
    public void Fill(SlotMemory<T>* table, T* pinned)
    {
        for (int slot = 0; slot < Count; slot++)
        {
            T* values = places.Pointer(buffers, slot, pinned);
            table[slot] = new(values, values, places.Formats.Span[slot]);
        }
    }

    /// <summary>The memory that the next step writes: this one's where that is allowed, else new; that of slots that rest is kept, or copied.</summary>
    /// <param name="inPlace">Whether this bank's memory may be written.</param>
    /// <param name="idle">The slots that rest; null for none.</param>
    public NextSlots<T> AllocateNext(bool inPlace, List<int>? idle)
    {
        var next = new Storage<T>[buffers.Length];
        for (int i = 0; i < next.Length; i++)
        {
            bool rests = i > 0 && idle is not null && idle.Contains(places.OnlySlotIn(i));
            next[i] = rests || (inPlace && !buffers[i].Shared) ? buffers[i] : Storage<T>.Allocate(places.BufferLengths[i]);
        }

        for (int i = 0; i < idle?.Count; i++)
        {
            Span<T> from = places.Memory(buffers, idle[i]), to = places.Memory(next, idle[i]);
            if (from != to)
            {
                from.CopyTo(to);
            }
        }

        return new(places, buffers, next);
    }

    /// <summary>Whether a step has failed while it wrote some of them.</summary>
    public bool Broken => Array.Exists(buffers, buffer => buffer.Broken);

    /// <summary>Whether some of them lie in this memory.</summary>
    public bool LieIn(Storage<T> storage) => Array.IndexOf(buffers, storage) >= 0;

    public void Share() => Array.ForEach(buffers, buffer => buffer.Share());

    public void Release() => Array.ForEach(buffers, buffer => buffer.Release());
}

/// <summary>The memory of the slots while a step writes it: no bank until the step is done, and then one by <see cref="Commit"/>.</summary>
internal readonly unsafe struct NextSlots<T>(SlotPlaces places, Storage<T>[] before, Storage<T>[] next)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>What must be pinned while the step runs.</summary>
    public Span<T> Pinnable => next[0].Array;

    /// <summary>Whether nothing of it is the memory of the state before.</summary>
    public bool AreElsewhere => !next.Zip(before).Any(pair => pair.First == pair.Second);

    /// <summary>The step of a donated state writes in its memory from now on.</summary>
    public void BeginWriting() => OfBoth(static buffer => buffer.BeginWriting());

    /// <summary>The step has failed after it wrote some of them.</summary>
    public void Break() => OfBoth(static buffer => buffer.Break());

    /// <summary>The step has failed, and has written none.</summary>
    public void EndWriting() => OfBoth(static buffer => buffer.EndWriting());

    private void OfBoth(Action<Storage<T>> action)
    {
        for (int i = 0; i < next.Length; i++)
        {
            if (next[i] == before[i] && !next[i].Shared)
            {
                action(next[i]);
            }
        }
    }

    /// <summary>Fills a table for sweeps. The addresses are what the <see cref="SlotBank{T}.Pinnable"/> of both were fixed to.</summary>
    public void Fill(SlotMemory<T>* table, T* pinnedBefore, T* pinnedNext)
    {
        for (int slot = 0; slot < places.Layouts.Length; slot++)
        {
            table[slot] = new(places.Pointer(before, slot, pinnedBefore), places.Pointer(next, slot, pinnedNext), places.Formats.Span[slot]);
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

        return new(places, next);
    }
}

/// <summary>
/// A slot during a step. Its value is at <see cref="Current"/>; the formula that owns it reads it there and writes it at <see cref="Next"/>, where the next
/// state looks for it. In place the two are the same.
/// </summary>
internal unsafe struct SlotMemory<T>(T* current, T* next, SlotFormat format = SlotFormat.Full)
    where T : unmanaged
{
    public T* Current { get; private set; } = current;

    public readonly T* Next => next;

    /// <summary>How it is stored. What is not <see cref="SlotFormat.Full"/> must be decoded to be read, and is no elements at its addresses.</summary>
    public readonly SlotFormat Format => format;

    /// <summary>Whether a formula that is still to run writes it.</summary>
    public bool AwaitsSweep { get; private set; }

    /// <summary>It has been written: its value is at <see cref="Next"/> from now on.</summary>
    public void MarkWritten() => Current = next;

    /// <summary>A formula that is still to run will write it.</summary>
    public void LeaveToSweep() => AwaitsSweep = true;

    /// <summary>Moves its value to <see cref="Next"/>, unless it is there already.</summary>
    public void CarryOver(int length)
    {
        if (Current != next)
        {
            new ReadOnlySpan<T>(Current, length).CopyTo(new Span<T>(next, length));
            MarkWritten();
        }
    }
}

/// <summary>Where the slots of a state lie: small ones together in the first buffer, so that a step allocates and pins one; each large one in a buffer of its own.</summary>
internal sealed unsafe class SlotPlaces
{
    private const int LargestTogetherBytes = 32 * 1024;

    private readonly Layout[] layouts;
    private readonly (int Buffer, int Offset)[] places;
    private readonly int[] bufferLengths;
    private readonly SlotFormat[] formats;
    private readonly int[] lengths;

    private SlotPlaces(string[] names, Layout[] layouts, SlotFormat[] formats, int[] lengths, (int Buffer, int Offset)[] places, int[] bufferLengths)
    {
        this.formats = formats;
        this.lengths = lengths;
        Names = names.AsReadOnly();
        Seeds = SlotSeeds.Of(names, layouts, formats);
        this.layouts = layouts;
        this.places = places;
        this.bufferLengths = bufferLengths;
    }

    public ReadOnlyMemory<Layout> Layouts => layouts;

    /// <summary>The elements of each buffer; none in the first where no slot is small.</summary>
    public ReadOnlySpan<int> BufferLengths => bufferLengths;

    /// <summary>How each slot is stored.</summary>
    public ReadOnlyMemory<SlotFormat> Formats => formats;

    public bool HasCodedSlots => Seeds is not null;

    /// <summary>The slots' names, as the rule declares them.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>See <see cref="SlotSeeds"/>; null where all slots are stored in full.</summary>
    public uint[]?[]? Seeds { get; }

    public static SlotPlaces Of<T>(IEnumerable<string> names, IEnumerable<Layout> slots, IReadOnlyList<SlotFormat>? slotFormats = null)
        where T : unmanaged
    {
        Layout[] layouts = [.. slots];
        SlotFormat[] formats = slotFormats is null ? new SlotFormat[layouts.Length] : [.. slotFormats];
        int[] packed = [.. layouts.Zip(formats, (layout, format) => SlotCode.PackedLength<T>(format, layout))];
        List<int> lengths = [0];
        var places = new (int Buffer, int Offset)[layouts.Length];
        for (int slot = 0; slot < layouts.Length; slot++)
        {
            int length = packed[slot];
            if ((long)length * Unsafe.SizeOf<T>() <= LargestTogetherBytes)
            {
                places[slot] = (0, lengths[0]);
                lengths[0] = checked(lengths[0] + Stride(length, Unsafe.SizeOf<T>()));
            }
            else
            {
                places[slot] = (lengths.Count, 0);
                lengths.Add(length);
            }
        }

        return new([.. names], layouts, formats, packed, places, [.. lengths]);
    }

    /// <summary>The slot that has a buffer, not the first, to itself.</summary>
    public int OnlySlotIn(int buffer) => Array.FindIndex(places, place => place.Buffer == buffer);

    /// <summary>A slot, in these buffers.</summary>
    public TensorSet<T> Set<T>(Storage<T>[] buffers, int slot)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (buffer, offset) = places[slot];
        return new(layouts[slot], buffers[buffer], buffers[buffer].Origin + offset);
    }

    /// <summary>A slot's memory, whatever its format.</summary>
    public Span<T> Memory<T>(Storage<T>[] buffers, int slot)
        where T : unmanaged
    {
        var (buffer, offset) = places[slot];
        return buffers[buffer].Array.AsSpan(buffers[buffer].Origin + offset, lengths[slot]);
    }

    /// <summary>A slot's first element; the pinned array's address is that of the first buffer's.</summary>
    public T* Pointer<T>(Storage<T>[] buffers, int slot, T* pinned)
        where T : unmanaged
    {
        var (buffer, offset) = places[slot];
        var storage = buffers[buffer];

        // A large array is pinned for good.
        return (buffer == 0 ? pinned : (T*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(storage.Array))) + storage.Origin + offset;
    }

    /// <summary>From one slot to the next: whole cache lines, or whole pages for what does not fit into one (see <see cref="Storage{T}"/>).</summary>
    private static int Stride(int length, int size)
    {
        int unit = (length * size > 2048 ? 4096 : 64) / size;
        return (length + unit - 1) / unit * unit;
    }
}
