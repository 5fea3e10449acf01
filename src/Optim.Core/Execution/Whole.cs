using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Lanes;

namespace Optim.Execution;

/// <summary>What all work of one step shares.</summary>
internal sealed unsafe class Pass<T>(Layout layout, Func<int, Layout> slotLayout, int threads, bool streaming, T* wholeUpdate, bool plainSweeps = false)
    where T : unmanaged
{
    public Layout Layout => layout;

    public Func<int, Layout> SlotLayout => slotLayout;

    public int Threads => threads;

    /// <summary>Whether large writes go past the caches.</summary>
    public bool Streaming => streaming;

    /// <summary>Memory for an update that must be whole; null where none was asked for.</summary>
    public T* WholeUpdate => wholeUpdate;

    /// <summary>The Euclidean norm of the update, while it is known: rules that guard and rules that clip ask for the same.</summary>
    public double? Norm { get; set; }

    /// <summary>The update is no longer what it was.</summary>
    public void Changed() => Norm = null;

    /// <summary>Whether sweeps take one element at a time: the reference for tests.</summary>
    public bool PlainSweeps => plainSweeps;
}

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

/// <summary>
/// A step at the point where a rule must see whole tensors: the update, the parameters and the rule's slots, for norms, sums, matrices and
/// evaluations of the objective. Valid while the rule's work runs, on its thread.
/// </summary>
/// <remarks>
/// A slot holds its value from before the step until the work changes it; slots that the work leaves alone stay as they are. All sums have
/// the same bits for any number of threads and any width. Positions are flat: tensor i begins at <c>Layout.OffsetOf(i)</c>.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed unsafe class Whole<T>
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
        Execution.GlobalNorm.CheckType(normType);
        fixed (T* x = values)
        {
            return Execution.GlobalNorm.Of(x, values.Length, normType, ThreadsFor(values.Length));
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
        Execution.GlobalNorm.CheckType(normType);
        ArgumentOutOfRangeException.ThrowIfNotEqual(set.Length, Layout.Length);
        fixed (T* x = set)
        {
            return Execution.GlobalNorm.Of(x, Layout, normType, ThreadsFor(Layout.Length));
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

    /// <summary>Runs a formula over all elements at once; its result becomes the update.</summary>
    /// <typeparam name="F">The formula's type.</typeparam>
    /// <param name="formula">The formula.</param>
    /// <param name="firstSlot">Which of the work's slots is the formula's first.</param>
    public void Sweep<F>(F formula, int firstSlot = 0)
        where F : struct, IFormula<T>
    {
        Run(formula, streams with { Result = pass.WholeUpdate }, firstSlot, 0, Layout.Length, Ending.Update);
        streams.Update = pass.WholeUpdate;
        pass.Changed();
        MarkWritten<F>(firstSlot);
    }

    /// <summary>Runs a formula over a range; its result becomes the update there.</summary>
    /// <typeparam name="F">The formula's type.</typeparam>
    /// <param name="formula">The formula.</param>
    /// <param name="start">The first element's flat position.</param>
    /// <param name="length">The number of elements.</param>
    /// <param name="firstSlot">Which of the work's slots is the formula's first.</param>
    public void SweepRange<F>(F formula, int start, int length, int firstSlot = 0)
        where F : struct, IFormula<T>
    {
        CheckRange(start, length);
        ChangeUpdate();
        for (int slot = 0; slot < F.SlotCount; slot++)
        {
            Bring(firstSlot + slot);
        }

        Run(formula, streams with { Result = pass.WholeUpdate }, firstSlot, start, length, Ending.Update);
    }

    /// <summary>Runs a formula at some elements alone; its result becomes the update there, and the update is 0 elsewhere. Slots elsewhere are not touched.</summary>
    /// <typeparam name="F">The formula's type.</typeparam>
    /// <param name="formula">The formula.</param>
    /// <param name="positions">The elements' flat positions, ascending and distinct.</param>
    /// <param name="firstSlot">Which of the work's slots is the formula's first.</param>
    public void SweepAt<F>(F formula, IReadOnlyList<int> positions, int firstSlot = 0)
        where F : struct, IFormula<T>
    {
        ArgumentNullException.ThrowIfNull(positions);
        for (int slot = 0; slot < F.SlotCount; slot++)
        {
            Bring(firstSlot + slot);
        }

        var stage = new Stage<T, F>(formula, this.firstSlot + firstSlot);
        var target = streams with { Result = pass.WholeUpdate };
        var result = new Span<T>(pass.WholeUpdate, Layout.Length);
        int from = 0;
        foreach (int position in positions)
        {
            if (position < from || position >= Layout.Length)
            {
                throw new ArgumentException(FormattableString.Invariant(
                    $"The positions must be ascending, distinct and below {Layout.Length}, was {position} after {from - 1}."), nameof(positions));
            }

            stage.Run(target, position, position + 1, Ending.Update);
            result[from..position].Clear();
            from = position + 1;
        }

        result[from..].Clear();
        streams.Update = pass.WholeUpdate;
        pass.Changed();
    }

    /// <summary>Runs a formula over one tensor; its result becomes the update there.</summary>
    /// <remarks>The formula's slots may have layouts of their own, in which this tensor has as many elements as the parameters' has.</remarks>
    /// <typeparam name="F">The formula's type.</typeparam>
    /// <param name="formula">The formula.</param>
    /// <param name="tensor">The tensor's position in the layout.</param>
    /// <param name="firstSlot">Which of the work's slots is the formula's first.</param>
    public void SweepTensor<F>(F formula, int tensor, int firstSlot = 0)
        where F : struct, IFormula<T>
    {
        int start = Layout.OffsetOf(tensor), length = Layout[tensor].Length;
        ChangeUpdate();
        T** slots = stackalloc T*[F.SlotCount + 1];
        for (int i = 0; i < F.SlotCount; i++)
        {
            Bring(firstSlot + i);
            var layout = SlotLayout(firstSlot + i);
            ArgumentOutOfRangeException.ThrowIfNotEqual(layout[tensor].Length, length, nameof(tensor));
            slots[i] = streams.NewSlots[this.firstSlot + firstSlot + i] + layout.OffsetOf(tensor) - start;
        }

        Run(
            new Stage<T, F>(formula, 0),
            streams with { Result = pass.WholeUpdate, Slots = slots, NewSlots = slots }, start, length, Ending.Update);
    }

    /// <summary>Runs a formula over another set in the update's place, for its slots alone: its result is dropped.</summary>
    /// <typeparam name="F">The formula's type.</typeparam>
    /// <param name="formula">The formula.</param>
    /// <param name="input">What the formula receives as its update.</param>
    /// <param name="firstSlot">Which of the work's slots is the formula's first.</param>
    public void Absorb<F>(F formula, TensorSet<T> input, int firstSlot = 0)
        where F : struct, IFormula<T>
    {
        ArgumentNullException.ThrowIfNull(input);
        StepInputs<T>.Require(input, Layout, nameof(input));
        fixed (T* x = input.Span)
        {
            Run(formula, streams with { Update = x, Result = null }, firstSlot, 0, Layout.Length, Ending.Slots);
        }

        MarkWritten<F>(firstSlot);
    }

    /// <summary>Puts a formula off to the sweep that follows this work, together with the formulas after it. Nothing is read or changed after this.</summary>
    /// <typeparam name="F">The formula's type.</typeparam>
    /// <param name="formula">The formula.</param>
    /// <param name="firstSlot">Which of the work's slots is the formula's first.</param>
    public void Then<F>(F formula, int firstSlot = 0)
        where F : struct, IFormula<T> => Defer<F>(new Stage<T, F>(formula, this.firstSlot + firstSlot), firstSlot);

    /// <summary>Puts off a formula for each tensor, as <see cref="Then"/> does one.</summary>
    /// <typeparam name="F">The formula's type.</typeparam>
    /// <param name="formula">From a tensor's position in the layout to its formula.</param>
    /// <param name="firstSlot">Which of the work's slots is the formulas' first.</param>
    public void ThenPerTensor<F>(Func<int, F> formula, int firstSlot = 0)
        where F : struct, IFormula<T>
    {
        ArgumentNullException.ThrowIfNull(formula);
        int[] ends = new int[Layout.Count];
        F[] formulas = new F[Layout.Count];
        for (int i = 0; i < ends.Length; i++)
        {
            ends[i] = Layout.OffsetOf(i) + Layout[i].Length;
            formulas[i] = formula(i);
        }

        ThenPerRange(formulas, ends, firstSlot);
    }

    /// <summary>Puts off a formula for each of some ranges that cover the set, as <see cref="Then"/> does one.</summary>
    /// <typeparam name="F">The formula's type.</typeparam>
    /// <param name="formulas">The formulas, one a range.</param>
    /// <param name="ends">Where each range ends and the next one's begins: ascending, the last the set's length.</param>
    /// <param name="firstSlot">Which of the work's slots is the formulas' first.</param>
    public void ThenPerRange<F>(IReadOnlyList<F> formulas, IReadOnlyList<int> ends, int firstSlot = 0)
        where F : struct, IFormula<T>
    {
        ArgumentNullException.ThrowIfNull(formulas);
        ArgumentNullException.ThrowIfNull(ends);
        if (formulas.Count != ends.Count || (ends.Count == 0 ? 0 : ends[^1]) != Layout.Length)
        {
            throw new ArgumentException("There must be a formula for each range, and the ranges must cover the set.", nameof(ends));
        }

        if (ends.Count > 0)
        {
            Defer<F>(new PiecewiseStage<T>([.. formulas.Select(f => new Stage<T, F>(f, this.firstSlot + firstSlot))], [.. ends]), firstSlot);
        }
    }

    /// <summary>Carries out another rule's plan on some tensors; the update of the others stays as it is.</summary>
    internal void Run(Part part, Plan<T> plan)
    {
        var update = TensorSet.Uninitialized<T>(part.Layout);
        part.Gather(Update, update.Writable);
        fixed (T* u = update.Writable, p = plan.Parameters.Span)
        {
            var own = new Streams<T> { Update = u, Parameters = p, Result = u, Slots = streams.Slots + firstSlot, NewSlots = streams.NewSlots + firstSlot };
            Executor.Run(plan, own, new Pass<T>(part.Layout, SlotLayout, pass.Threads, streaming: false, u, pass.PlainSweeps), Ending.Update);
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

    private int ThreadsFor(int length) => Executor.ThreadsFor(length, pass.Threads);

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
