using System.Numerics;

namespace Optim.Execution;

/// <summary>Something a plan does: a <see cref="Stage{T}"/>, work on whole tensors, or a branch.</summary>
internal abstract class PlanItem<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public abstract void Run(Pass<T> pass);

    /// <summary>Whether a tensor must be in one place for it: not where it goes element by element, once it knows norms over all tensors.</summary>
    public virtual bool NeedsTensors => true;

    /// <summary>Puts it behind other stages, if it goes element by element.</summary>
    public virtual bool TryAppendTo(List<Stage<T>> stages, StageCache<T>? cache) => false;
}

/// <summary>Work of a rule that must see whole tensors.</summary>
/// <param name="plan">The plan it is part of.</param>
/// <param name="scope">The rule that asked for it, as it was asked.</param>
/// <param name="firstSlot">The first of its slots.</param>
/// <param name="slotCount">How many it has.</param>
/// <param name="needsTensors">Whether it asks for more than norms over all of them.</param>
/// <param name="work">What it does.</param>
internal sealed class TensorWork<T>(Plan<T> plan, Scope scope, int firstSlot, int slotCount, bool needsTensors, Action<TensorStepContext<T>> work) : PlanItem<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public override bool NeedsTensors => needsTensors;

    public override void Run(Pass<T> pass)
    {
        pass.Flush();
        var context = plan.ContextOf(pass, scope, firstSlot, slotCount);
        work(context);
        context.Finish();
    }
}

/// <summary>Two ways to go on in a plan, both prepared; which one is known when the update is.</summary>
/// <param name="plan">The plan they are part of.</param>
/// <param name="scope">The rule that branches.</param>
/// <param name="condition">Decides, on the update as it is.</param>
/// <param name="whenTrue">The one way.</param>
/// <param name="whenFalse">The other.</param>
internal sealed class Branches<T>(
    Plan<T> plan, Scope scope, Func<TensorStepContext<T>, bool> condition, Branch<T> whenTrue, Branch<T> whenFalse) : PlanItem<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public override void Run(Pass<T> pass)
    {
        pass.Flush();
        var branch = condition(plan.ContextOf(pass, scope, 0, 0)) ? whenTrue : whenFalse;
        plan.Take(branch, scope);
        foreach (int slot in branch.CarriedSlots)
        {
            pass.CarryOver(slot);
        }

        pass.Run(branch.Items);
    }
}

/// <summary>One of the ways.</summary>
/// <param name="Items">What it does.</param>
/// <param name="CarriedSlots">Slots that rest on this way alone: they have new memory, which must hold what they were.</param>
/// <param name="Scalars">The state's numbers after it; null where it sets none.</param>
internal sealed record Branch<T>(List<PlanItem<T>> Items, int[] CarriedSlots, double[]? Scalars)
    where T : unmanaged, IFloatingPointIeee754<T>;
