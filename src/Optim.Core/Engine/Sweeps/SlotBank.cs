using System.Numerics;
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
    public SlotBank<T> WithFormats(ReadOnlySpan<SlotFormat> formats) => Converted(formats, null);

    /// <summary>What a step has made of slots in full, in the formats that they are stored in.</summary>
    /// <param name="formats">The formats.</param>
    /// <param name="step">The number of steps taken before that one.</param>
    public SlotBank<T> AfterStep(ReadOnlySpan<SlotFormat> formats, long step) => Converted(formats, step);

    private SlotBank<T> Converted(ReadOnlySpan<SlotFormat> formats, long? step)
    {
        var bank = new SlotBank<T>(places.Names, places.Layouts.ToArray(), formats.ToArray());
        var rounding = step is { } before ? bank.RoundingAt(before, null) : default;
        for (int slot = 0; slot < Count; slot++)
        {
            if (formats[slot] == Formats.Span[slot])
            {
                places.Memory(buffers, slot).CopyTo(bank.places.Memory(bank.buffers, slot));
            }
            else
            {
                bank.Write(slot, this[slot].Span, step is null ? SlotCode.Nearest(formats[slot]) : formats[slot], rounding.Of(slot));
            }
        }

        return bank;
    }

    /// <summary>Sets a slot's elements, as a step does.</summary>
    public void Write(int slot, ReadOnlySpan<T> values, in SlotRounding rounding) => Write(slot, values, Formats.Span[slot], rounding.Of(slot));

    /// <summary>How a step rounds what it writes.</summary>
    /// <param name="step">See <see cref="Plan{T}.RoundingStep"/>.</param>
    /// <param name="firsts">See <see cref="Chance"/>.</param>
    public SlotRounding RoundingAt(long step, int[]? firsts) => new(HasCodedSlots, places.Seeds, firsts, step);

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
