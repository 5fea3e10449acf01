using System.Numerics;

namespace Optim.Execution;

/// <summary>Stages on ranges of their own: what a rule does tensor by tensor, or row by row.</summary>
/// <param name="stages">The stages, at least one, all of the same slots.</param>
/// <param name="ends">Where each range ends and the next one begins, ascending; the last is the set's length.</param>
/// <param name="stageOf">Which stage a range has; null where each has its own.</param>
internal sealed unsafe class PiecewiseStage<T>(Stage<T>[] stages, int[] ends, int[]? stageOf = null)
    : Stage<T>(stages[0].FirstSlot, stages[0].SlotCount, stages[0].FormulaCount)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private static readonly Comparer<int> NeverEqual = Comparer<int>.Create((end, start) => end <= start ? -1 : 1);

    // What it was fused to: a step that is taken again and again asks for the same, whose pieces hold other formulas.
    private PiecewiseStage<T>? lastFused;

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

    /// <summary>Whether these are its pieces.</summary>
    public bool Is(Stage<T> first, Stage<T> second, int[] otherEnds, int[] otherStageOf) =>
        stages.Length == 2 && stages[0] == first && stages[1] == second && ends == otherEnds && stageOf == otherStageOf;

    // Two lists of ranges could meet in as many pieces as their product; they run one after the other.
    protected internal override Stage<T>? FuseBefore(Stage<T> next, StageCache<T>? cache)
    {
        if (next is PiecewiseStage<T> or SubsetStage<T> or ClockStage<T>)
        {
            return null;
        }

        var pieces = new Pieces(this);
        for (int i = 0; i < stages.Length; i++)
        {
            pieces.Set(i, stages[i].FuseBefore(next, cache)!);
        }

        return pieces.ToStage(cache);
    }

    protected internal override Stage<T> FuseAfter<A>(A first, int firstSlot, int formulaCount, StageCache<T>? cache)
    {
        var pieces = new Pieces(this);
        for (int i = 0; i < stages.Length; i++)
        {
            pieces.Set(i, stages[i].FuseAfter(first, firstSlot, formulaCount, cache)!);
        }

        return pieces.ToStage(cache);
    }

    /// <summary>The fused pieces; no array where they are those of the step before.</summary>
    private struct Pieces(PiecewiseStage<T> owner)
    {
        private Stage<T>[]? own;

        public void Set(int i, Stage<T> piece)
        {
            if (own is null && owner.lastFused is { } known && known.Piece(i) == piece)
            {
                return;
            }

            if (own is null)
            {
                own = new Stage<T>[owner.Count];
                owner.lastFused?.CopyPieces(own, i);
            }

            own[i] = piece;
        }

        public readonly PiecewiseStage<T> ToStage(StageCache<T>? cache)
        {
            var fused = own is null ? owner.lastFused! : owner.With(own);
            owner.lastFused = cache is null ? null : fused;
            return fused;
        }
    }

    private int Count => stages.Length;

    private Stage<T> Piece(int i) => stages[i];

    private void CopyPieces(Stage<T>[] to, int count) => Array.Copy(stages, to, count);

    private PiecewiseStage<T> With(Stage<T>[] pieces) => new(pieces, ends, stageOf);
}
