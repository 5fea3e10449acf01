using System.Numerics;
using System.Runtime.CompilerServices;

namespace Optim.Execution;

/// <summary>
/// The stages of a step that is taken again and again: the next step, which asks for the same kinds in the same order, gets the same objects with its
/// own formulas in them, and allocates nothing. A step that asks for others gets new ones. A formula that holds objects is not kept: they belong to its step.
/// </summary>
internal sealed class StageCache<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly List<Stage<T>> stages = [];
    private readonly List<PiecewiseStage<T>> piecewise = [];
    private int next, nextPiecewise;

    /// <summary>A stage out of a cache, or a new one where there is none.</summary>
    public static Stage<T> Take<F>(StageCache<T>? cache, F formula, int firstSlot, int formulaCount = 1)
        where F : struct, IFormula<T> =>
        cache is null || RuntimeHelpers.IsReferenceOrContainsReferences<F>() ? new Stage<T, F>(formula, firstSlot, formulaCount) : cache.Take(formula, firstSlot, formulaCount);

    /// <summary>A stage of two, each on some of the ranges, out of a cache, or a new one where there is none.</summary>
    public static Stage<T> Take(StageCache<T>? cache, Stage<T> first, Stage<T> second, TensorRuns runs)
    {
        if (cache is null)
        {
            return new PiecewiseStage<T>([first, second], runs.Ends, runs.Kinds);
        }

        int at = cache.nextPiecewise++;
        if (at == cache.piecewise.Count)
        {
            cache.piecewise.Add(new([first, second], runs.Ends, runs.Kinds));
        }
        else if (!cache.piecewise[at].Is(first, second, runs.Ends, runs.Kinds))
        {
            cache.piecewise[at] = new([first, second], runs.Ends, runs.Kinds);
        }

        return cache.piecewise[at];
    }

    /// <summary>Begins another step: every stage handed out before may be overwritten.</summary>
    public void Rewind() => (next, nextPiecewise) = (0, 0);

    private Stage<T> Take<F>(F formula, int firstSlot, int formulaCount)
        where F : struct, IFormula<T>
    {
        int at = next++;
        if (at == stages.Count)
        {
            stages.Add(new Stage<T, F>(formula, firstSlot, formulaCount));
        }
        else if (stages[at] is Stage<T, F> known && known.FirstSlot == firstSlot && known.FormulaCount == formulaCount)
        {
            known.Replace(formula);
        }
        else
        {
            stages[at] = new Stage<T, F>(formula, firstSlot, formulaCount);
        }

        return stages[at];
    }
}
