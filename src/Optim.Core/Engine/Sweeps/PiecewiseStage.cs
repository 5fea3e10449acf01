namespace Optim.Execution;

/// <summary>Stages on ranges of their own: what a rule does tensor by tensor, or row by row.</summary>
/// <param name="stages">The stages, at least one, all of the same slots.</param>
/// <param name="ends">Where each range ends and the next one begins, ascending; the last is the set's length.</param>
/// <param name="stageOf">Which stage a range has; null where each has its own.</param>
internal sealed unsafe class PiecewiseStage<T>(Stage<T>[] stages, int[] ends, int[]? stageOf = null)
    : Stage<T>(stages[0].FirstSlot, stages[0].SlotCount, stages[0].FormulaCount)
    where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
{
    private static readonly Comparer<int> NeverEqual = Comparer<int>.Create((end, start) => end <= start ? -1 : 1);

    public override void Sweep(in SweepMemory<T> memory, nint start, nint end)
    {
        // Writing past the caches needs aligned addresses, and ranges begin anywhere.
        var cached = memory with { Streaming = false };

        // From the first range that ends beyond the start.
        for (int piece = ~Array.BinarySearch(ends, (int)start, NeverEqual); start < end; piece++)
        {
            nint until = Math.Min(ends[piece], end);
            if (until > start)
            {
                stages[stageOf is null ? piece : stageOf[piece]].Sweep(cached, start, until);
                start = until;
            }
        }
    }

    // Two lists of ranges could meet in as many pieces as their product; they run one after the other.
    protected internal override Stage<T>? FuseBefore(Stage<T> next, StageCache<T>? cache) =>
        next is PiecewiseStage<T> or SubsetStage<T> or ClockStage<T> ? null : new PiecewiseStage<T>(Array.ConvertAll(stages, stage => stage.FuseBefore(next, cache)!), ends, stageOf);

    protected internal override Stage<T> FuseAfter<A>(A first, int firstSlot, int formulaCount, StageCache<T>? cache) =>
        new PiecewiseStage<T>(Array.ConvertAll(stages, stage => stage.FuseAfter(first, firstSlot, formulaCount, cache)!), ends, stageOf);
}
