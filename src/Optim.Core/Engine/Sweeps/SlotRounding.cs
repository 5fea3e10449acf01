namespace Optim.Execution;

/// <summary>What the roundings of one slot by chance go by: the step, and of each tensor its name and the slot's. Never where something lies in the state: a part of it rounds as the whole does.</summary>
/// <param name="seeds">A number for each tensor, from its name and the slot's; null where the slot is not rounded by chance.</param>
/// <param name="firsts">Which element of the whole tensor the first one here is, by tensor; null where tensors are whole.</param>
/// <param name="step">See <see cref="Plan{T}.RoundingStep"/>.</param>
internal readonly struct Chance(uint[]? seeds, int[]? firsts, long step)
{
    /// <summary>The counter from which an element's chance is mixed; the next elements of the tensor have the next counters.</summary>
    /// <param name="tensor">The tensor's position in the layout.</param>
    /// <param name="position">The element's position in what is here of the tensor.</param>
    public uint CounterAt(int tensor, nint position) =>
        SlotCode.Mixed((uint)step + SlotCode.Mixed((uint)(step >> 32) + seeds![tensor])) + (uint)(firsts is null ? 0 : firsts[tensor]) + (uint)position;
}

/// <summary>How a step's new slots are rounded to their formats. The default is that of slots which are all stored in full.</summary>
/// <param name="hasCodedSlots">Whether some slots are stored in fewer bits.</param>
/// <param name="seeds">See <see cref="SlotSeeds"/>.</param>
/// <param name="firsts">See <see cref="Chance"/>.</param>
/// <param name="step">See <see cref="Plan{T}.RoundingStep"/>.</param>
internal readonly struct SlotRounding(bool hasCodedSlots, uint[]?[]? seeds, int[]? firsts, long step)
{
    /// <summary>Whether some slots are stored in fewer bits.</summary>
    public bool HasCodedSlots => hasCodedSlots;

    /// <summary>The roundings of a slot.</summary>
    public Chance Of(int slot) => seeds?[slot] is { } own ? new(own, firsts, step) : default;
}

/// <summary>The numbers by which slots that are rounded by chance are told apart.</summary>
internal static class SlotSeeds
{
    /// <summary>A number for each tensor of each slot that is rounded by chance. It comes from the tensor's name and the slot's, as the rule declares it, and of slots of one name (in a chain) from how many before it hold the tensor: so it is the same
    /// whichever group the tensor is in.</summary>
    /// <param name="names">The slots' names, as the rule declares them.</param>
    /// <param name="layouts">Their layouts.</param>
    /// <param name="formats">Their formats.</param>
    /// <returns>By slot, null for one that is not rounded by chance; null where none is.</returns>
    public static uint[]?[]? Of(string[] names, Layout[] layouts, SlotFormat[] formats)
    {
        if (!Array.Exists(formats, SlotCode.IsStochastic))
        {
            return null;
        }

        var before = new Dictionary<(string Name, int Tensor), uint>();
        uint[]?[] seeds = new uint[names.Length][];
        for (int slot = 0; slot < names.Length; slot++)
        {
            uint[]? own = SlotCode.IsStochastic(formats[slot]) ? new uint[layouts[slot].Count] : null;
            for (int tensor = 0; tensor < layouts[slot].Count; tensor++)
            {
                if (layouts[slot][tensor].Length == 0)
                {
                    continue;
                }

                uint count = before.GetValueOrDefault((names[slot], tensor));
                before[(names[slot], tensor)] = count + 1;
                if (own is not null)
                {
                    own[tensor] = Hash(layouts[slot][tensor].Name, Hash(names[slot], count));
                }
            }

            seeds[slot] = own;
        }

        return seeds;
    }

    /// <summary>A hash of a text, the same in every process (FNV-1a over its code units).</summary>
    private static uint Hash(string text, uint start)
    {
        uint hash = SlotCode.Mixed(start + 0x9E3779B9) ^ 0x811C9DC5;
        foreach (char c in text)
        {
            hash = (hash ^ c) * 0x01000193;
        }

        return SlotCode.Mixed(hash);
    }
}
