using System.Globalization;
using System.Numerics;

namespace Optim.Execution;

/// <content>One plan for step after step, which allocates only what a step needs that the one before did not.</content>
public sealed partial class Plan<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly StageCache<T>? cache;
    private double[]? spareScalars;

    /// <summary>A plan to begin again and again.</summary>
    /// <param name="layout">The parameters' layout.</param>
    /// <param name="gather">The parameters as one set, for a rule that asks for them.</param>
    /// <param name="cache">Keeps the stages from one step to the next.</param>
    internal Plan(Layout layout, Func<TensorSet<T>> gather, StageCache<T> cache)
        : this(0, layout, default, [], gather) => this.cache = cache;

    /// <summary>Forgets the step before. Whatever it handed out must not be in use.</summary>
    internal void Begin(long clock, in StepInputs<T> newInputs, double[] stateScalars)
    {
        if (newScalars == stateScalars)
        {
            // The step before succeeded: nobody reads the numbers it began with any more.
            spareScalars = scalars;
        }

        (Clock, Loss, inputs, scalars, newScalars) = (clock, newInputs.Loss, newInputs, stateScalars, null);
        (ClaimedSlots, NeedsWholeUpdate, PlacesParameters, CanFailMidway, mayThrow, IdleSlots) = (0, false, false, false, false, null);
        (scope, scopeStart, nextScalar, parameters) = ([], 0, 0, null);
        items.Clear();
        cache?.Rewind();
    }

    /// <summary>Whether each element goes its own way: no work that must see whole tensors.</summary>
    internal bool IsElementwise
    {
        get
        {
            foreach (object item in items)
            {
                if (item is not Stage<T>)
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <summary>Prepares the rule of a state, and holds it to the slots it declared.</summary>
    internal void PrepareState(Rule rule, int slotCount)
    {
        Prepare(rule);
        if (ClaimedSlots != slotCount)
        {
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture, $"{rule} declares {slotCount} slots, but its formulas at step {Step} use or leave {ClaimedSlots}."));
        }
    }

    /// <summary>The state's scalars after the step, to be written into.</summary>
    private double[] NumbersToWrite()
    {
        if (newScalars is null)
        {
            newScalars = spareScalars ?? new double[scalars.Length];
            spareScalars = null;
            scalars.CopyTo(newScalars, 0);
        }

        return newScalars;
    }
}
