using System.Numerics;
using Optim.LinearAlgebra;
using Optim.Tensors;

namespace Optim.Execution;

/// <content>How the plan is carried out.</content>
public sealed partial class Plan<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>A run through this plan; the same object at each step.</summary>
    internal unsafe Pass<T> BeginPass(ReadOnlyMemory<Layout> layouts, Engine engine, in SweepMemory<T> memory, T* updateBuffer, SeparateMemory<T>? separate = null)
    {
        pass ??= new(Layout);
        pass.Begin(layouts, engine, memory, updateBuffer, separate);
        return pass;
    }

    /// <summary>The stages in a row, fused; false where an item must see whole tensors.</summary>
    internal bool TryFuse(List<Stage<T>> stages)
    {
        foreach (var item in draft.Items)
        {
            if (!item.TryAppendTo(stages, cache))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Carries it out.</summary>
    /// <param name="pass">How.</param>
    /// <param name="inPlace">The parameters' memory, where the step writes the new ones in it.</param>
    internal void Run(Pass<T> pass, Storage<T>? inPlace = null)
    {
        RunItems(pass);

        // Not before: until its last sweep a step only reads the parameters, and so may its objective.
        inPlace?.BeginWriting();
        try
        {
            pass.Finish();
        }
        catch
        {
            inPlace?.Break();
            throw;
        }
    }

    /// <summary>Carries it out but for its last sweep, before which a step only reads the parameters.</summary>
    internal void RunItems(Pass<T> pass) => pass.Run(draft.Items);

    /// <summary>What work sees of a pass. What it asks of this plan is answered for its rule, too.</summary>
    internal TensorStepContext<T> ContextOf(Pass<T> pass, Scope rule, int firstSlot, int slotCount)
    {
        scope = rule;
#pragma warning disable CS0618 // Work of the old name takes the derived type; the base class can be sealed when that goes.
        return new Whole<T>(pass, this, rule, firstSlot, slotCount);
#pragma warning restore CS0618
    }

    internal double ScalarOf(Scope rule, string name) => scalars[rule.IndexOf(name)];

    internal void SetScalarOf(Scope rule, string name, double value) => ScalarsToWrite()[rule.IndexOf(name)] = value;
}
