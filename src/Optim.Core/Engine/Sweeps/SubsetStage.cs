using System.Numerics;

namespace Optim.Execution;

/// <summary>Stages of rules that see some tensors alone, run where these lie; the update of the others passes through.</summary>
internal sealed unsafe class SubsetStage<T> : Stage<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Layout layout;
    private readonly Group?[] groups;

    // What it was fused with, and what came of it: a step that is taken again and again asks for the same.
    private SubsetStage<T>? lastNext, lastFused;

    private SubsetStage(Layout layout, Group?[] groups, int firstSlot, int slotCount)
        : base(firstSlot, slotCount, formulaCount: 1)
    {
        this.layout = layout;
        this.groups = groups;
    }

    /// <param name="subset">The tensors.</param>
    /// <param name="stages">The rule's stages, at least one, their slots counted from 0.</param>
    /// <param name="firstSlot">The first of the rule's slots in the state.</param>
    /// <param name="slotCount">How many it has.</param>
    public static SubsetStage<T> Of(TensorSubset subset, List<Stage<T>> stages, int firstSlot, int slotCount)
    {
        var group = new Group(subset, stages, firstSlot);
        return new(subset.FullLayout, [.. Enumerable.Range(0, subset.FullLayout.Count).Select(tensor => subset.Takes(tensor) ? group : null)], firstSlot, slotCount);
    }

    public override void Sweep(in SweepMemory<T> memory, nint start, nint end)
    {
        // Writing past the caches needs aligned addresses, and tensors begin anywhere.
        var cached = memory with { Streaming = false };
        for (int tensor = layout.TensorAt((int)start); start < end; tensor++)
        {
            nint until = Math.Min(layout.OffsetOf(tensor) + layout[tensor].Length, end);
            if (until <= start)
            {
                continue;
            }

            if (groups[tensor] is not { } group)
            {
                Through.Sweep(cached, start, until);
            }
            else
            {
                // In the positions of the group's own layout: stages within it may be of subsets again.
                nint shift = group.Subset.Layout.OffsetOf(tensor) - layout.OffsetOf(tensor);
                var own = cached with
                {
                    Update = cached.Update - shift,
                    Parameters = cached.Parameters - shift,
                    Result = cached.Result - shift,
                    Slots = cached.Slots + group.FirstSlot,
                };
                Executor.SweepHere(group.Stages, own, start + shift, until + shift);
            }

            start = until;
        }
    }

    /// <summary>The groups of a partition are one stage.</summary>
    protected internal override Stage<T>? FuseBefore(Stage<T> next, StageCache<T>? cache)
    {
        if (next is not SubsetStage<T> other)
        {
            return null;
        }

        if (lastNext != other)
        {
            lastFused = groups.Zip(other.groups).Any(pair => pair is (not null, not null))
                ? null
                : new(layout, [.. groups.Zip(other.groups, (own, others) => own ?? others)], FirstSlot, SlotCount + other.SlotCount);
            lastNext = other;
        }

        return lastFused;
    }

    protected internal override Stage<T>? FuseAfter<A>(A first, int firstSlot, int formulaCount, StageCache<T>? cache) => null;

    private sealed record Group(TensorSubset Subset, List<Stage<T>> Stages, int FirstSlot);
}
