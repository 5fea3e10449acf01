using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Optim.Lanes;
using Optim.LinearAlgebra;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim.Execution;

/// <summary>The memory a stage works on. Every pointer is indexed by the element's position in the flat set.</summary>
internal unsafe struct Streams<T>
    where T : unmanaged
{
    /// <summary>The incoming update: the gradient, or what the stage before left.</summary>
    public T* Update;

    public T* Parameters;

    /// <summary>The outgoing update, or the new parameters.</summary>
    public T* Result;

    /// <summary>The slots before the step, all rules' together.</summary>
    public T** Slots;

    /// <summary>The slots after the step; in place, the same pointers.</summary>
    public T** NewSlots;

    /// <summary>What formulas call block by block; null where they run on vector instructions.</summary>
    public MklVectors<T>? Vectors;
}

/// <summary>What a sweep leaves behind, and how.</summary>
internal enum Ending
{
    /// <summary>The update, for the next stage.</summary>
    Update,

    /// <summary>The new parameters.</summary>
    Parameters,

    /// <summary>The update, for the next stage; slots written past the caches.</summary>
    UpdateStreaming,

    /// <summary>The new parameters; they and the slots written past the caches.</summary>
    ParametersStreaming,

    /// <summary>The new parameters, which the last formula gave itself.</summary>
    Placed,

    /// <summary>The same; they and the slots written past the caches.</summary>
    PlacedStreaming,

    /// <summary>Nothing but the slots.</summary>
    Slots,
}

internal static class Endings
{
    /// <summary>The same without writing past the caches.</summary>
    public static Ending Ordinary(this Ending ending) => ending switch
    {
        Ending.UpdateStreaming => Ending.Update,
        Ending.ParametersStreaming => Ending.Parameters,
        Ending.PlacedStreaming => Ending.Placed,
        _ => ending,
    };
}

/// <summary>A formula placed in a plan: its type hidden, its slots found.</summary>
internal abstract unsafe class Stage<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    // Beyond this the compiler gives up inlining.
    private const int MostFormulas = 8;

    protected Stage(int firstSlot, int slotCount, int formulaCount)
    {
        FirstSlot = firstSlot;
        SlotCount = slotCount;
        FormulaCount = formulaCount;
    }

    internal int FirstSlot { get; }

    internal int FormulaCount { get; }

    internal int SlotCount { get; }

    public abstract void Run(in Streams<T> streams, nint start, nint end, Ending ending);

    /// <summary>
    /// This stage and the next as one, compiled for just this pair of formulas; null where that cannot be done (without a compiler at
    /// run time, or when the slots are not in a row), and the two then run block by block, with the same bits.
    /// </summary>
    /// <param name="next">The stage after this one.</param>
    /// <param name="cache">Where stages of earlier steps are, to be used again; null to make a new one.</param>
    public Stage<T>? Fuse(Stage<T> next, StageCache<T>? cache = null) =>
        RuntimeFeature.IsDynamicCodeSupported && FirstSlot + SlotCount == next.FirstSlot && FormulaCount + next.FormulaCount <= MostFormulas
            ? Before(next, cache)
            : null;

    protected internal abstract Stage<T>? Before(Stage<T> next, StageCache<T>? cache);

    protected internal abstract Stage<T>? After<A>(A first, int firstSlot, int formulaCount, StageCache<T>? cache)
        where A : struct, IFormula<T>;
}

/// <inheritdoc/>
internal sealed unsafe class Stage<T, F>(F formula, int firstSlot, int formulaCount = 1) : Stage<T>(firstSlot, F.SlotCount, formulaCount)
    where T : unmanaged, IFloatingPointIeee754<T>
    where F : struct, IFormula<T>
{
    private F formula = formula;

    /// <summary>Takes the formula of another step. The one before must not be in use.</summary>
    public void Become(F next) => formula = next;

    protected internal override Stage<T>? Before(Stage<T> next, StageCache<T>? cache) => next.After(formula, FirstSlot, FormulaCount, cache);

    protected internal override Stage<T> After<A>(A first, int firstSlot, int formulaCount, StageCache<T>? cache) =>
        StageCache<T>.Take(cache, new Fused<T, A, F>(first, formula), firstSlot, formulaCount + FormulaCount);

    public override void Run(in Streams<T> streams, nint start, nint end, Ending ending)
    {
        switch (ending)
        {
            case Ending.Update: Sweep<ToUpdate, Ordinary>(streams, start, end); break;
            case Ending.Parameters: Sweep<ToParameters, Ordinary>(streams, start, end); break;
            case Ending.UpdateStreaming: Sweep<ToUpdate, NonTemporal>(streams, start, end); break;
            case Ending.ParametersStreaming: Sweep<ToParameters, NonTemporal>(streams, start, end); break;
            case Ending.Placed: Sweep<InPlace, Ordinary>(streams, start, end); break;
            case Ending.PlacedStreaming: Sweep<InPlace, NonTemporal>(streams, start, end); break;
            default: Sweep<ToSlots, Ordinary>(streams, start, end); break;
        }
    }

    // A width is compiled when it is first needed: most sets leave nothing to the narrow ones.
    private void Sweep<E, W>(in Streams<T> streams, nint i, nint end)
        where E : struct, IEnding
        where W : struct, IWriting
    {
        if (streams.Vectors is { } vectors)
        {
            SweepBlocks<E>(vectors, streams, i, end);
            return;
        }

        if (Vector512.IsHardwareAccelerated && end - i >= Lane512<T>.Width)
        {
            i = Sweep<Lane512<T>, E, W>(formula, streams, FirstSlot, i, end);
        }

        if (Vector256.IsHardwareAccelerated && end - i >= Lane256<T>.Width)
        {
            i = Sweep<Lane256<T>, E, W>(formula, streams, FirstSlot, i, end);
        }

        if (Vector128.IsHardwareAccelerated && end - i >= Lane128<T>.Width)
        {
            i = Sweep<Lane128<T>, E, W>(formula, streams, FirstSlot, i, end);
        }

        if (i < end)
        {
            Sweep<ScalarLane<T>, E, W>(formula, streams, FirstSlot, i, end);
        }
    }

    // Optimized from the first call on: the first step of a process counts.
    [MethodImpl(AggressiveOptimization)]
    private static nint Sweep<L, E, W>(F formula, in Streams<T> streams, int firstSlot, nint i, nint end)
        where L : struct, ILane<L, T>
        where E : struct, IEnding
        where W : struct, IWriting
    {
        T* update = streams.Update, parameters = streams.Parameters, result = streams.Result;
        T** slots = streams.Slots + firstSlot, newSlots = streams.NewSlots + firstSlot;
        for (; i + L.Width <= end; i += L.Width)
        {
            var parameter = L.Load(parameters + i);
            var outgoing = formula.Apply(L.Load(update + i), parameter, new SlotTable<L, W>(slots, newSlots, i));
            E.Write<L, W>(parameter, outgoing, result + i);
        }

        return i;
    }

    private void SweepBlocks<E>(MklVectors<T> vectors, in Streams<T> streams, nint i, nint end)
        where E : struct, IEnding
    {
        var block = MklBlock<T>.For(vectors);
        for (; i < end; i += block.Count)
        {
            block.Begin((int)Math.Min(MklLane<T>.Width, end - i));
            var parameter = MklLane<T>.Load(streams.Parameters + i);
            var outgoing = formula.Apply(MklLane<T>.Load(streams.Update + i), parameter, new MklSlots<T>(block, streams.Slots + FirstSlot, i));
            E.Write<MklLane<T>, Ordinary>(parameter, outgoing, streams.Result + i);
            block.WriteSlots(streams.NewSlots + FirstSlot, i);
        }
    }

    private interface IEnding
    {
        static abstract void Write<L, W>(L parameter, L outgoing, T* target)
            where L : struct, ILane<L, T>
            where W : struct, IWriting;
    }

    private interface IWriting
    {
        static abstract void Write<L>(L value, T* target)
            where L : struct, ILane<L, T>;
    }

    private readonly struct ToUpdate : IEnding
    {
        [MethodImpl(AggressiveInlining)]
        public static void Write<L, W>(L parameter, L outgoing, T* target)
            where L : struct, ILane<L, T>
            where W : struct, IWriting => L.Store(outgoing, target);
    }

    private readonly struct ToParameters : IEnding
    {
        [MethodImpl(AggressiveInlining)]
        public static void Write<L, W>(L parameter, L outgoing, T* target)
            where L : struct, ILane<L, T>
            where W : struct, IWriting => W.Write(parameter - outgoing, target);
    }

    private readonly struct InPlace : IEnding
    {
        [MethodImpl(AggressiveInlining)]
        public static void Write<L, W>(L parameter, L outgoing, T* target)
            where L : struct, ILane<L, T>
            where W : struct, IWriting => W.Write(outgoing, target);
    }

    private readonly struct ToSlots : IEnding
    {
        [MethodImpl(AggressiveInlining)]
        public static void Write<L, W>(L parameter, L outgoing, T* target)
            where L : struct, ILane<L, T>
            where W : struct, IWriting
        {
        }
    }

    private readonly struct Ordinary : IWriting
    {
        [MethodImpl(AggressiveInlining)]
        public static void Write<L>(L value, T* target)
            where L : struct, ILane<L, T> => L.Store(value, target);
    }

    private readonly struct NonTemporal : IWriting
    {
        [MethodImpl(AggressiveInlining)]
        public static void Write<L>(L value, T* target)
            where L : struct, ILane<L, T> => L.StoreNonTemporal(value, target);
    }

    private readonly struct SlotTable<L, W>(T** source, T** target, nint position) : ISlots<L>
        where L : struct, ILane<L, T>
        where W : struct, IWriting
    {
        private readonly T** source = source, target = target;
        private readonly nint position = position;

        [MethodImpl(AggressiveInlining)]
        public L Read(int slot) => L.Load(source[slot] + position);

        [MethodImpl(AggressiveInlining)]
        public void Write(int slot, L value) => W.Write(value, target[slot] + position);
    }
}
