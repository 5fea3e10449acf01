using Optim.Threading;
using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Lanes;
using Optim.Tensors;
using Optim.LinearAlgebra;

namespace Optim.Execution;

/// <summary>
/// A step at the point where a rule must see whole tensors: the update, the parameters and the rule's slots, for norms, sums, matrices and
/// evaluations of the objective. Valid while the rule's work runs, on its thread.
/// </summary>
/// <remarks>
/// A slot holds its value from before the step until the work changes it; slots that the work leaves alone stay as they are. All sums have
/// the same bits for any number of threads and any width. Positions are flat: tensor i begins at <c>Layout.OffsetOf(i)</c>.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed unsafe partial class Whole<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Pass<T> pass;
    private readonly int firstSlot;
    private readonly bool[] touched;
    private readonly List<Stage<T>> deferred = [];
    private Streams<T> streams;

    internal Whole(Pass<T> pass, Streams<T> streams, int firstSlot, int slotCount)
    {
        this.pass = pass;
        this.streams = streams;
        this.firstSlot = firstSlot;
        touched = slotCount == 0 ? [] : new bool[slotCount];
    }

    /// <summary>The parameters' layout.</summary>
    public Layout Layout => pass.Layout;

    /// <summary>The most threads the step may use.</summary>
    public int MaxThreads => pass.Threads;

    /// <summary>What matrices are computed with.</summary>
    internal Engine Engine => pass.Engine;

    /// <summary>The parameters before this step.</summary>
    public ReadOnlySpan<T> Parameters => new(streams.Parameters, Layout.Length);

    /// <summary>The update as it is here.</summary>
    public ReadOnlySpan<T> Update => new(streams.Update, Layout.Length);

    /// <summary>The update, to be changed.</summary>
    public Span<T> ChangeUpdate()
    {
        if (streams.Update != pass.WholeUpdate)
        {
            Update.CopyTo(new Span<T>(pass.WholeUpdate, Layout.Length));
            streams.Update = pass.WholeUpdate;
        }

        pass.Changed();
        return new(pass.WholeUpdate, Layout.Length);
    }

    /// <summary>The layout of one of the work's slots.</summary>
    /// <param name="slot">The slot, from 0.</param>
    public Layout SlotLayout(int slot) => pass.SlotLayout(firstSlot + slot);

    /// <summary>One of the work's slots, as it is here.</summary>
    /// <param name="slot">The slot, from 0.</param>
    public ReadOnlySpan<T> Slot(int slot) => new(streams.Slots[Checked(slot)], SlotLayout(slot).Length);

    /// <summary>One of the work's slots, to be changed.</summary>
    /// <param name="slot">The slot, from 0.</param>
    public Span<T> ChangeSlot(int slot)
    {
        Bring(slot);
        return new(streams.NewSlots[firstSlot + slot], SlotLayout(slot).Length);
    }

    /// <summary>Any slot of the plan, by its number among all of them, as it is here: a wrapper may keep what the rule inside is about to change.</summary>
    internal ReadOnlySpan<T> SlotOfPlan(int slot) => new(streams.Slots[slot], pass.SlotLayout(slot).Length);

    /// <summary>One of the work's slots, all of whose elements the caller writes: what it was is lost.</summary>
    internal Span<T> ReplaceSlot(int slot)
    {
        int at = Checked(slot);
        streams.Slots[at] = streams.NewSlots[at];
        touched[slot] = true;
        return new(streams.NewSlots[at], SlotLayout(slot).Length);
    }

    /// <summary>A norm of some elements in a row. It overflows or vanishes only where the result does.</summary>
    /// <param name="values">The elements: a tensor's, say.</param>
    /// <param name="normType">The norm's order: a whole number from 1 to 64, or infinity.</param>
    public double Norm(ReadOnlySpan<T> values, double normType = 2)
    {
        Tensors.GlobalNorm.CheckType(normType);
        fixed (T* x = values)
        {
            return Tensors.GlobalNorm.Of(x, values.Length, normType, ThreadsFor(values.Length));
        }
    }

    /// <summary>A norm of the update over all tensors.</summary>
    /// <param name="normType">The norm's order: a whole number from 1 to 64, or infinity.</param>
    public double GlobalNorm(double normType = 2) => normType == 2 ? pass.Norm ??= GlobalNorm(Update) : GlobalNorm(Update, normType);

    /// <summary>Whether every element of the update is finite.</summary>
    public bool IsFinite => double.IsFinite(GlobalNorm()) || double.IsFinite(GlobalNorm(double.PositiveInfinity));

    /// <summary>A norm over all tensors of a set.</summary>
    /// <param name="set">The set's elements, of the parameters' layout.</param>
    /// <param name="normType">The norm's order: a whole number from 1 to 64, or infinity.</param>
    public double GlobalNorm(ReadOnlySpan<T> set, double normType = 2)
    {
        Tensors.GlobalNorm.CheckType(normType);
        ArgumentOutOfRangeException.ThrowIfNotEqual(set.Length, Layout.Length);
        fixed (T* x = set)
        {
            return Tensors.GlobalNorm.Of(x, Layout, normType, ThreadsFor(Layout.Length));
        }
    }

    /// <summary>A sum over all tensors.</summary>
    /// <typeparam name="M">The summand's type.</typeparam>
    /// <param name="summand">The term of one element.</param>
    public double Sum<M>(M summand)
        where M : struct, ISummand =>
        Totals.OfSet(new SumOf<M>(summand), Operands(), Layout, ThreadsFor(Layout.Length));

    /// <summary>A sum over a range.</summary>
    /// <typeparam name="M">The summand's type.</typeparam>
    /// <param name="summand">The term of one element.</param>
    /// <param name="start">The first element's flat position.</param>
    /// <param name="length">The number of elements.</param>
    public double Sum<M>(M summand, int start, int length)
        where M : struct, ISummand
    {
        CheckRange(start, length);
        return Totals.OfRange(new SumOf<M>(summand), Operands().From(start), length, ThreadsFor(length));
    }

    /// <summary>Carries out another rule's plan on some tensors; the update of the others stays as it is.</summary>
    internal void Run(Part part, Plan<T> plan)
    {
        var update = TensorSet.Uninitialized<T>(part.Layout);
        part.Gather(Update, update.Writable);
        fixed (T* u = update.Writable, p = plan.Parameters.Span)
        {
            var own = new Streams<T> { Update = u, Parameters = p, Result = u, Slots = streams.Slots + firstSlot, NewSlots = streams.NewSlots + firstSlot, Vectors = streams.Vectors };
            Executor.Run(plan, own, new Pass<T>(part.Layout, SlotLayout, pass.Engine, streaming: false, u, pass.PlainSweeps), Ending.Update);
        }

        part.Scatter(update.Span, ChangeUpdate());

        // The copies live no longer than this; the next step asks for as much again.
        update.Storage.Release();
        plan.Parameters.Storage.Release();
        for (int slot = 0; slot < plan.ClaimedSlots; slot++)
        {
            if (plan.IdleSlots?.Contains(slot) != true)
            {
                streams.Slots[firstSlot + slot] = streams.NewSlots[firstSlot + slot];
                touched[slot] = true;
            }
        }
    }

    internal void Finish(ref Streams<T> current, List<Stage<T>> stages)
    {
        for (int slot = 0; slot < touched.Length; slot++)
        {
            if (!touched[slot])
            {
                Bring(slot);
            }
        }

        current = streams;
        stages.AddRange(deferred);
    }

    private Operands<T> Operands() => new(streams.Update, streams.Parameters, streams.Slots + firstSlot);

    private int ThreadsFor(int length) => Chunks.ThreadsFor(length, pass.Threads);

    private int Checked(int slot) => slot >= 0 && slot < touched.Length
        ? firstSlot + slot
        : throw new ArgumentOutOfRangeException(nameof(slot), FormattableString.Invariant($"slot must be in [0, {touched.Length}), was {slot}."));

    private void CheckRange(int start, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Layout.Length - start);
    }

    private void Run<F>(F formula, Streams<T> target, int slot, int start, int length, Ending ending)
        where F : struct, IFormula<T>
    {
        if (F.SlotCount > 0)
        {
            Checked(slot);
            Checked(slot + F.SlotCount - 1);
        }

        Run(new Stage<T, F>(formula, firstSlot + slot), target, start, length, ending);
    }

    private void Run(Stage<T> formula, Streams<T> target, int start, int length, Ending ending)
    {
        List<Stage<T>> stage = [formula];
        if (!pass.PlainSweeps)
        {
            Executor.Sweep(stage, target, start, start + length, ending, ThreadsFor(length));
            return;
        }

        for (int i = start; i < start + length; i++)
        {
            Executor.Sweep(stage, target, i, i + 1, ending, threads: 1);
        }
    }

    /// <summary>Makes a slot's new memory hold what the slot is at this point.</summary>
    private void Bring(int slot)
    {
        int at = Checked(slot);
        if (streams.Slots[at] != streams.NewSlots[at])
        {
            Slot(slot).CopyTo(new Span<T>(streams.NewSlots[at], SlotLayout(slot).Length));
            streams.Slots[at] = streams.NewSlots[at];
        }

        touched[slot] = true;
    }

    private void MarkWritten<F>(int slot)
        where F : struct, IFormula<T>
    {
        for (int i = slot; i < slot + F.SlotCount; i++)
        {
            streams.Slots[firstSlot + i] = streams.NewSlots[firstSlot + i];
            touched[i] = true;
        }
    }

    private void Defer<F>(Stage<T> stage, int slot)
        where F : struct, IFormula<T>
    {
        for (int i = slot; i < slot + F.SlotCount; i++)
        {
            Checked(i);
            touched[i] = true;
        }

        deferred.Add(stage);
    }
}
