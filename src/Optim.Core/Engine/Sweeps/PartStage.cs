using System.Numerics;

namespace Optim.Execution;

/// <summary>Stages of rules that see some tensors alone, run where these lie; the update of the others passes through.</summary>
internal sealed unsafe class PartStage<T> : Stage<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private static readonly Stage<T> Through = new Stage<T, PassThrough<T>>(default, 0);

    private readonly Group[] groups;
    private readonly Layout layout;
    private readonly int[] groupOf;

    private PartStage(Group[] groups, Layout layout, int[] groupOf)
        : base(groups[0].FirstSlot, groups.Sum(group => group.SlotCount), formulaCount: 1)
    {
        this.groups = groups;
        this.layout = layout;
        this.groupOf = groupOf;
    }

    /// <param name="part">The tensors.</param>
    /// <param name="stages">The rule's stages, their slots counted from 0.</param>
    /// <param name="firstSlot">The first of the rule's slots in the state.</param>
    /// <param name="slotCount">How many it has.</param>
    public static PartStage<T> Of(Part part, IEnumerable<Stage<T>> stages, int firstSlot, int slotCount)
    {
        List<Stage<T>> fused = [];
        foreach (var stage in stages)
        {
            Executor.Append(fused, stage);
        }

        return new(
            [new(part, fused.Count == 0 ? [Through] : fused, firstSlot, slotCount)], part.Whole,
            [.. Enumerable.Range(0, part.Whole.Count).Select(tensor => part.Takes(tensor) ? 0 : -1)]);
    }

    public override void Run(in Streams<T> streams, nint start, nint end, Ending ending)
    {
        // Writing past the caches needs aligned addresses, and tensors begin anywhere.
        ending = ending.Ordinary();
        for (int tensor = layout.TensorAt((int)start); start < end; tensor++)
        {
            nint until = Math.Min(layout.OffsetOf(tensor) + layout[tensor].Length, end);
            if (until <= start)
            {
                continue;
            }

            if (groupOf[tensor] < 0)
            {
                Through.Run(streams, start, until, ending);
            }
            else
            {
                // In the positions of the group's own layout: stages within it may be of parts again.
                var group = groups[groupOf[tensor]];
                nint shift = group.Part.Layout.OffsetOf(tensor) - layout.OffsetOf(tensor);
                var own = new Streams<T>
                {
                    Update = streams.Update - shift,
                    Parameters = streams.Parameters - shift,
                    Result = streams.Result - shift,
                    Slots = streams.Slots + group.FirstSlot,
                    NewSlots = streams.NewSlots + group.FirstSlot,
                    Vectors = streams.Vectors,
                };
                Executor.RunStages(group.Stages, own, start + shift, until + shift, ending);
            }

            start = until;
        }
    }

    /// <summary>The groups of a partition are one stage.</summary>
    protected internal override Stage<T>? Before(Stage<T> next, StageCache<T>? cache)
    {
        if (next is not PartStage<T> other || groupOf.Where((group, tensor) => group >= 0 && other.groupOf[tensor] >= 0).Any())
        {
            return null;
        }

        return new PartStage<T>(
            [.. groups, .. other.groups], layout, [.. groupOf.Zip(other.groupOf, (own, others) => others < 0 ? own : others + groups.Length)]);
    }

    protected internal override Stage<T>? After<A>(A first, int firstSlot, int formulaCount, StageCache<T>? cache) => null;

    private sealed record Group(Part Part, List<Stage<T>> Stages, int FirstSlot, int SlotCount);
}
