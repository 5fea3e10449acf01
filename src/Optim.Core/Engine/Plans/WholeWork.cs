using System.Numerics;

namespace Optim.Execution;

/// <summary>Work of a rule that needs whole tensors, placed in a plan.</summary>
internal sealed unsafe class WholeWork<T>(int firstSlot, int slotCount, Action<Whole<T>> work)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Does the work on the update as it is, and leaves the formulas that it puts off to the next sweep.</summary>
    public void Run(Pass<T> pass, ref Streams<T> streams, List<Stage<T>> stages)
    {
        var whole = new Whole<T>(pass, streams, firstSlot, slotCount);
        work(whole);
        whole.Finish(ref streams, stages);
    }
}
