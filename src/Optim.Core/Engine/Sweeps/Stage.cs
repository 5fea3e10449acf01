using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Optim.Lanes;
using Optim.LinearAlgebra;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim.Execution;

/// <summary>A formula placed in a plan: its type hidden, its slots found.</summary>
internal abstract class Stage<T>(int firstSlot, int slotCount, int formulaCount) : PlanItem<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    // Beyond this the compiler gives up inlining.
    private const int MostFormulas = 8;

    /// <summary>Leaves the update as it is.</summary>
    public static Stage<T> Through { get; } = new Stage<T, PassThrough<T>>(default, 0);

    public int FirstSlot => firstSlot;

    public int SlotCount => slotCount;

    public int FormulaCount => formulaCount;

    public sealed override bool NeedsTensors => false;

    public sealed override void Run(Pass<T> pass) => pass.Append(this);

    public sealed override bool TryAppendTo(List<Stage<T>> stages, StageCache<T>? cache)
    {
        if (stages.Count > 0 && stages[^1].Fuse(this, cache) is { } fused)
        {
            stages[^1] = fused;
        }
        else
        {
            stages.Add(this);
        }

        return true;
    }

    /// <summary>Runs the formula on some elements in a row, on this thread.</summary>
    public abstract void Sweep(in SweepMemory<T> memory, nint start, nint end);

    /// <summary>This stage and the next as one; null where they stay two.</summary>
    protected internal abstract Stage<T>? FuseBefore(Stage<T> next, StageCache<T>? cache);

    /// <summary>A formula before this stage, and this stage, as one; null where they stay two.</summary>
    protected internal abstract Stage<T>? FuseAfter<A>(A first, int firstSlot, int formulaCount, StageCache<T>? cache)
        where A : struct, IFormula<T>;

    /// <summary>
    /// This stage and the next as one, compiled for just this pair of formulas; null where that cannot be done (without a compiler at
    /// run time, or when the slots are not in a row), and the two then run block by block, with the same bits.
    /// </summary>
    private Stage<T>? Fuse(Stage<T> next, StageCache<T>? cache) =>
        RuntimeFeature.IsDynamicCodeSupported && FirstSlot + SlotCount == next.FirstSlot && FormulaCount + next.FormulaCount <= MostFormulas
            ? FuseBefore(next, cache)
            : null;
}

/// <inheritdoc/>
internal sealed unsafe class Stage<T, F>(F formula, int firstSlot, int formulaCount = 1) : Stage<T>(firstSlot, F.SlotCount, formulaCount)
    where T : unmanaged, IFloatingPointIeee754<T>
    where F : struct, IFormula<T>
{
    private F formula = formula;

    /// <summary>Takes the formula of another step. The one before must not be in use.</summary>
    public void Replace(F next) => formula = next;

    protected internal override Stage<T>? FuseBefore(Stage<T> next, StageCache<T>? cache) => next.FuseAfter(formula, FirstSlot, FormulaCount, cache);

    protected internal override Stage<T> FuseAfter<A>(A first, int firstSlot, int formulaCount, StageCache<T>? cache) =>
        StageCache<T>.Take(cache, new Fused<T, A, F>(first, formula), firstSlot, formulaCount + FormulaCount);

    public override void Sweep(in SweepMemory<T> memory, nint start, nint end)
    {
        switch (memory.Destination, memory.Streaming)
        {
            case (Destination.Update, false): Sweep<ToUpdate, ThroughCaches>(memory, start, end); break;
            case (Destination.Update, true): Sweep<ToUpdate, PastCaches>(memory, start, end); break;
            case (Destination.SubtractFromParameters, false): Sweep<FromParameters, ThroughCaches>(memory, start, end); break;
            case (Destination.SubtractFromParameters, true): Sweep<FromParameters, PastCaches>(memory, start, end); break;
            case (Destination.SetParameters, false): Sweep<ToParameters, ThroughCaches>(memory, start, end); break;
            case (Destination.SetParameters, true): Sweep<ToParameters, PastCaches>(memory, start, end); break;
            default: Sweep<ToNothing, ThroughCaches>(memory, start, end); break;
        }
    }

    private void Sweep<D, W>(in SweepMemory<T> memory, nint i, nint end)
        where D : struct
        where W : struct
    {
        if (memory.Vectors is { } vectors)
        {
            SweepBlocks<D>(vectors, memory, i, end);
        }
        else if (!CodedSweep.CanBeRead<T>() || !memory.Rounding.HasCodedSlots || Codes(memory.Slots) is not (> 0 and var codes))
        {
            Sweep<D, W, InFull>(memory, i, end);
        }
        else if (codes == SlotCount)
        {
            Sweep<D, W, InBFloat16>(memory, i, end);
        }
        else
        {
            Sweep<D, W, InEither>(memory, i, end);
        }
    }

    /// <summary>How many of its slots are codes.</summary>
    private int Codes(SlotMemory<T>* slots)
    {
        int count = 0;
        for (int slot = FirstSlot; slot < FirstSlot + SlotCount; slot++)
        {
            count += slots[slot].Format == SlotFormat.Full ? 0 : 1;
        }

        return count;
    }

    // A width is compiled when it is first needed: most sets leave nothing to the narrow ones.
    private void Sweep<D, W, K>(in SweepMemory<T> memory, nint i, nint end)
        where D : struct
        where W : struct
        where K : struct
    {
        if (Vector512.IsHardwareAccelerated && end - i >= Lane512<T>.Width)
        {
            i = Sweep<Lane512<T>, D, W, K>(formula, memory, FirstSlot, i, end);
        }

        if (Vector256.IsHardwareAccelerated && end - i >= Lane256<T>.Width)
        {
            i = Sweep<Lane256<T>, D, W, K>(formula, memory, FirstSlot, i, end);
        }

        if (Vector128.IsHardwareAccelerated && end - i >= Lane128<T>.Width)
        {
            i = Sweep<Lane128<T>, D, W, K>(formula, memory, FirstSlot, i, end);
        }

        if (i < end)
        {
            Sweep<ScalarLane<T>, D, W, K>(formula, memory, FirstSlot, i, end);
        }
    }

    // Optimized from the first call on: the first step of a process counts.
    [MethodImpl(AggressiveOptimization)]
    private static nint Sweep<L, D, W, K>(F formula, in SweepMemory<T> memory, int firstSlot, nint i, nint end)
        where L : struct, IStoredLane<L, T>
        where D : struct
        where W : struct
        where K : struct
    {
        T* update = memory.Update, parameters = memory.Parameters, result = memory.Result;
        var slots = memory.Slots + firstSlot;
        for (; i + L.Width <= end; i += L.Width)
        {
            var parameter = L.Load(parameters + i);
            Write<L, D, W>(parameter, formula.Apply(L.Load(update + i), parameter, new SlotTable<L, W, K>(slots, i)), result + i);
        }

        return i;
    }

    private void SweepBlocks<D>(MklVectors<T> vectors, in SweepMemory<T> memory, nint i, nint end)
        where D : struct
    {
        var block = MklBlock<T>.For(vectors);
        var slots = memory.Slots + FirstSlot;
        for (; i < end; i += block.Count)
        {
            block.Begin((int)Math.Min(MklLane<T>.Width, end - i));
            var parameter = MklLane<T>.Load(memory.Parameters + i);
            var outgoing = formula.Apply(MklLane<T>.Load(memory.Update + i), parameter, new MklSlots<T>(block, slots, i));
            Write<MklLane<T>, D, ThroughCaches>(parameter, outgoing, memory.Result + i);
            block.WriteSlots(slots, i);
        }
    }

    [MethodImpl(AggressiveInlining)]
    private static void Write<L, D, W>(L parameter, L outgoing, T* target)
        where L : struct, ILane<L, T>
        where D : struct
        where W : struct
    {
        if (typeof(D) == typeof(ToUpdate))
        {
            L.Store(outgoing, target);
        }
        else if (typeof(D) == typeof(FromParameters))
        {
            Write<L, W>(parameter - outgoing, target);
        }
        else if (typeof(D) == typeof(ToParameters))
        {
            Write<L, W>(outgoing, target);
        }
    }

    [MethodImpl(AggressiveInlining)]
    private static void Write<L, W>(L value, T* target)
        where L : struct, ILane<L, T>
        where W : struct
    {
        if (typeof(W) == typeof(PastCaches))
        {
            L.StoreNonTemporal(value, target);
        }
        else
        {
            L.Store(value, target);
        }
    }

    private readonly struct SlotTable<L, W, K>(SlotMemory<T>* slots, nint position) : ISlots<L>
        where L : struct, IStoredLane<L, T>
        where W : struct
        where K : struct
    {
        private readonly SlotMemory<T>* slots = slots;

        [MethodImpl(AggressiveInlining)]
        public L Read(int slot) => IsInCodes(slot) ? L.LoadBFloat16((ushort*)slots[slot].Current + position) : L.Load(slots[slot].Current + position);

        [MethodImpl(AggressiveInlining)]
        public void Write(int slot, L value)
        {
            if (IsInCodes(slot))
            {
                L.StoreBFloat16(value, (ushort*)slots[slot].Next + position);
            }
            else
            {
                Write<L, W>(value, slots[slot].Next + position);
            }
        }

        [MethodImpl(AggressiveInlining)]
        private bool IsInCodes(int slot) => typeof(K) == typeof(InBFloat16) || (typeof(K) == typeof(InEither) && slots[slot].Format != SlotFormat.Full);
    }
}

// Destinations, ways of writing and whether slots are codes, as types: the compiler makes a loop for each that are used together.
file readonly struct ToUpdate;

file readonly struct FromParameters;

file readonly struct ToParameters;

file readonly struct ToNothing;

file readonly struct ThroughCaches;

file readonly struct PastCaches;

file readonly struct InFull;

file readonly struct InBFloat16;

// Asked of each slot at each lane, which takes a few jumps.
file readonly struct InEither;
