using System.Numerics;

namespace Optim.Execution;

/// <summary>The plan that the states of a run hand from one to the next, so that a step does not build what the one before has built: for small sets that is most of its time.</summary>
/// <remarks>
/// It never changes what a step computes. States are immutable, and several threads may step the same one: the first takes the plan, the others build one of their own. A step that throws does not
/// give it back, nor does a plan that is kept hold anything of its last step.
/// </remarks>
internal sealed class PlanReserve<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private Plan<T>? free;

    /// <summary>A plan that nobody uses.</summary>
    public Plan<T> Take(Layout layout) => Interlocked.Exchange(ref free, null) ?? new(layout);

    /// <summary>Keeps it for the next step.</summary>
    public void Return(Plan<T> plan)
    {
        plan.End();
        Volatile.Write(ref free, plan);
    }
}
