using System.Numerics;
using Optim.Tensors;

namespace Optim.Execution;

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
