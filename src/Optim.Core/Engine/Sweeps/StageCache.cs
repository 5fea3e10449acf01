using System.Numerics;

namespace Optim.Execution;

/// <summary>
/// The stages of a step that is taken again and again: the next step, which asks for the same kinds in the same order, gets the same objects with its
/// own formulas in them, and allocates nothing. A step that asks for others gets new ones.
/// </summary>
internal sealed class StageCache<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly List<Stage<T>> stages = [];
    private int next;

    /// <summary>A stage out of a cache, or a new one where there is none.</summary>
    public static Stage<T, F> Take<F>(StageCache<T>? cache, F formula, int firstSlot, int formulaCount = 1)
        where F : struct, IFormula<T> => cache?.Take(formula, firstSlot, formulaCount) ?? new(formula, firstSlot, formulaCount);

    /// <summary>Begins another step: every stage handed out before may be overwritten.</summary>
    public void Rewind() => next = 0;

    private Stage<T, F> Take<F>(F formula, int firstSlot, int formulaCount)
        where F : struct, IFormula<T>
    {
        int at = next++;
        if (at < stages.Count && stages[at] is Stage<T, F> known && known.FirstSlot == firstSlot && known.FormulaCount == formulaCount)
        {
            known.Replace(formula);
            return known;
        }

        var made = new Stage<T, F>(formula, firstSlot, formulaCount);
        if (at < stages.Count)
        {
            stages[at] = made;
        }
        else
        {
            stages.Add(made);
        }

        return made;
    }
}
