using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Lanes;

namespace Optim.Execution;

/// <summary>Stages of one rule at several clocks, each run where the tensors of its clock lie.</summary>
/// <param name="stages">Those of each clock, at least one.</param>
/// <param name="clocks">Where which clock's tensors lie.</param>
/// <param name="firstSlot">The first of the rule's slots, which all clocks share.</param>
/// <param name="slotCount">How many it has.</param>
internal sealed unsafe class ClockStage<T>(List<Stage<T>>[] stages, TensorRuns clocks, int firstSlot, int slotCount) : Stage<T>(firstSlot, slotCount, formulaCount: 1)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public override void Sweep(in SweepMemory<T> memory, nint start, nint end)
    {
        // Writing past the caches needs aligned addresses, and tensors begin anywhere.
        var cached = memory with { Streaming = false };
        int at = Array.BinarySearch(clocks.Ends, (int)start);
        for (int run = at >= 0 ? at + 1 : ~at; start < end; run++)
        {
            nint until = Math.Min(clocks.Ends[run], end);
            if (until > start)
            {
                Executor.SweepHere(stages[clocks.Kinds[run]], cached, start, until);
                start = until;
            }
        }
    }

    protected internal override Stage<T>? FuseBefore(Stage<T> next, StageCache<T>? cache) => null;

    protected internal override Stage<T>? FuseAfter<A>(A first, int firstSlot, int formulaCount, StageCache<T>? cache) => null;
}

/// <summary>Writes a slot as it is.</summary>
internal readonly struct KeptSlotFormula<T> : IFormula<T>
    where T : unmanaged
{
    public static int SlotCount => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        slots.Write(0, slots.Read(0));
        return update;
    }
}
