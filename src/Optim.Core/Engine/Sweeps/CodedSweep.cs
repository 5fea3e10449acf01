using System.Numerics;
using System.Runtime.CompilerServices;

namespace Optim.Execution;

/// <summary>A sweep over a range, whatever lies where.</summary>
internal interface IRangeSweep<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    void Run(in SweepMemory<T> memory, nint start, nint end);
}

/// <summary>
/// Sweeps over slots that are stored in fewer bits: block by block they are read into memory in the first cache, swept there as any others, and written. So one formula serves all formats, and main memory is read and written in the
/// format's bytes alone. Slots whose codes the loops read and write themselves (<see cref="CanBeRead"/>) stay where they are.
/// </summary>
internal static unsafe class CodedSweep
{
    // Elements of each slot at a time, and one block more, for a range ends with a block.
    private const int Together = 1024, MostTogether = Together + SlotCode.BlockLength;

    /// <summary>Runs a sweep on a range, or, where it is over slots in fewer bits, on the blocks that begin in it.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="stages">Its stages.</param>
    /// <param name="memory">Its memory.</param>
    /// <param name="layout">The layout of the slots in fewer bits.</param>
    /// <param name="start">The first element.</param>
    /// <param name="end">Where the range ends.</param>
    public static void Run<T, R>(R sweep, List<Stage<T>> stages, in SweepMemory<T> memory, Layout layout, nint start, nint end)
        where T : unmanaged, IFloatingPointIeee754<T>
        where R : struct, IRangeSweep<T>
    {
        if (!memory.Rounding.HasCodedSlots)
        {
            sweep.Run(memory, start, end);
            return;
        }

        RunCoded(sweep, stages, memory, layout, start, end);
    }

    private static void RunCoded<T, R>(R sweep, List<Stage<T>> stages, in SweepMemory<T> memory, Layout layout, nint start, nint end)
        where T : unmanaged, IFloatingPointIeee754<T>
        where R : struct, IRangeSweep<T>
    {
        int slots = 0;
        foreach (var stage in stages)
        {
            slots = Math.Max(slots, stage.FirstSlot + stage.SlotCount);
        }

        int* coded = stackalloc int[slots + 1];
        int count = Coded(stages, memory, coded);
        if (count == 0)
        {
            sweep.Run(memory, start, end);
            return;
        }

        var table = stackalloc SlotMemory<T>[slots];
        new ReadOnlySpan<SlotMemory<T>>(memory.Slots, slots).CopyTo(new(table, slots));
        T* scratch = Scratch<T>.Of(count * MostTogether);
        var own = memory with { Slots = table, Streaming = false };
        (start, end) = (SlotCode.BlockFrom(layout, start), SlotCode.BlockFrom(layout, end));
        for (nint until; start < end; start = until)
        {
            until = Math.Min(SlotCode.BlockFrom(layout, start + Together), end);
            for (int i = 0; i < count; i++)
            {
                var slot = memory.Slots[coded[i]];
                T* values = scratch + (i * MostTogether);
                SlotCode.Decode(slot.Format, slot.Current, layout, start, until, values);
                table[coded[i]] = new(values - start, values - start);
            }

            sweep.Run(own, start, until);
            for (int i = 0; i < count; i++)
            {
                var slot = memory.Slots[coded[i]];
                SlotCode.Encode(slot.Format, slot.Next, layout, start, until, scratch + (i * MostTogether), memory.Rounding.Of(coded[i]));
            }
        }
    }

    /// <summary>Whether loops read and write codes of <see cref="SlotFormat.BFloat16"/> themselves. Without a compiler at run time they do not: each rule's loops would be in the program twice.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool CanBeRead<T>() => typeof(T) == typeof(float) && RuntimeFeature.IsDynamicCodeSupported;

    /// <summary>The slots of the stages that are swept in full, block by block, each once.</summary>
    private static int Coded<T>(List<Stage<T>> stages, in SweepMemory<T> memory, int* coded)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int count = 0;
        bool areRead = CanBeRead<T>() && memory.Vectors is null;
        foreach (var stage in stages)
        {
            for (int slot = stage.FirstSlot; slot < stage.FirstSlot + stage.SlotCount; slot++)
            {
                var format = memory.Slots[slot].Format;
                if (format != SlotFormat.Full && !(areRead && format == SlotFormat.BFloat16) && !new ReadOnlySpan<int>(coded, count).Contains(slot))
                {
                    coded[count++] = slot;
                }
            }
        }

        return count;
    }

    private static class Scratch<T>
        where T : unmanaged
    {
        [ThreadStatic]
        private static T[]? values;

        public static T* Of(int length)
        {
            // Aligned, for the widest lanes.
            const int Alignment = 64;
            if (values is null || values.Length < length + (Alignment / sizeof(T)))
            {
                values = GC.AllocateUninitializedArray<T>(length + (Alignment / sizeof(T)), pinned: true);
            }

            nint address = System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(values, 0);
            return (T*)((address + Alignment - 1) & ~(nint)(Alignment - 1));
        }
    }
}

/// <summary>Slots in fewer bits that a step does not sweep from end to end, element by element: they are read whole before it and written whole after it.</summary>
internal sealed unsafe class DecodedSlots<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly List<(int Slot, SlotMemory<T> Coded, Layout Layout, Tensors.Storage<T> Values)> slots = [];

    /// <summary>Puts values in place of codes in a step's table of slots.</summary>
    /// <param name="plan">The step.</param>
    /// <param name="table">The table.</param>
    /// <param name="layouts">The layout of each slot.</param>
    /// <returns>Null where there is none to be read whole.</returns>
    public static DecodedSlots<T>? In(Plan<T> plan, SlotMemory<T>* table, ReadOnlySpan<Layout> layouts)
    {
        DecodedSlots<T>? decoded = null;
        for (int slot = 0; slot < layouts.Length; slot++)
        {
            if (table[slot].Format != SlotFormat.Full && plan.IdleSlots?.Contains(slot) != true && !plan.Sweeps(slot))
            {
                (decoded ??= new()).Add(slot, table, layouts[slot]);
            }
        }

        return decoded;
    }

    /// <summary>Writes the codes of what the step has made of the values.</summary>
    public void Encode(in SlotRounding rounding)
    {
        foreach (var (slot, coded, layout, values) in slots)
        {
            SlotCode.Encode(coded.Format, coded.Next, layout, 0, layout.Length, values.PinnedAddress, rounding.Of(slot));
            values.Release();
        }
    }

    private void Add(int slot, SlotMemory<T>* table, Layout layout)
    {
        var values = Tensors.Storage<T>.AllocatePinned(layout.Length);
        SlotCode.Decode(table[slot].Format, table[slot].Current, layout, 0, layout.Length, values.PinnedAddress);
        slots.Add((slot, table[slot], layout, values));
        table[slot] = new(values.PinnedAddress, values.PinnedAddress);
    }
}
