using System.Numerics;

namespace Optim.Execution;

/// <content>Formulas run at once, or put off to the sweep that follows.</content>
public abstract unsafe partial class TensorStepContext<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Runs a formula over all elements at once; its result becomes the update.</summary>
    /// <typeparam name="F">The formula's type.</typeparam>
    /// <param name="formula">The formula.</param>
    /// <param name="firstSlot">Which of the work's slots is the formula's first.</param>
    public void Sweep<F>(F formula, int firstSlot = 0)
        where F : struct, IFormula<T>
    {
        pass.Sweep([StageOf(formula, firstSlot)], pass.MemoryToUpdate, 0, Layout.Length);
        pass.UpdateIsInBuffer();
        MarkWritten(firstSlot, F.SlotCount);
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
        var stage = StageOf(formula, firstSlot);
        ChangeUpdate();
        CarryOver(firstSlot, F.SlotCount);
        pass.Sweep([stage], pass.MemoryToUpdate, start, length);
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
        var stage = StageOf(formula, firstSlot);
        CarryOver(firstSlot, F.SlotCount);
        pass.FlatUpdate();
        pass.FlatParameters();
        var memory = pass.MemoryToUpdate;
        var result = new Span<T>(memory.Result, Layout.Length);
        pass.BeginWriting();
        int from = 0;
        foreach (int position in positions)
        {
            if (position < from || position >= Layout.Length)
            {
                throw new ArgumentException(FormattableString.Invariant(
                    $"The positions must be ascending, distinct and below {Layout.Length}, was {position} after {from - 1}."), nameof(positions));
            }

            stage.Sweep(memory, position, position + 1);
            result[from..position].Clear();
            from = position + 1;
        }

        result[from..].Clear();
        pass.UpdateIsInBuffer();
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
        var slots = stackalloc SlotMemory<T>[F.SlotCount + 1];
        for (int i = 0; i < F.SlotCount; i++)
        {
            SlotProbe<T, F>.Require(formula);
            CarryOver(firstSlot + i, 1);
            var layout = SlotLayout(firstSlot + i);
            ArgumentOutOfRangeException.ThrowIfNotEqual(layout[tensor].Length, length, nameof(tensor));

            // Moved, so that the tensor is where the parameters' positions look for it. Slots of work are read whole before a step and rounded whole after it: none is in fewer bits here.
            T* moved = pass.Memory.Slots[this.firstSlot + firstSlot + i].Next + layout.OffsetOf(tensor) - start;
            slots[i] = new(moved, moved);
        }

        pass.Sweep([new Stage<T, F>(formula, 0)], pass.MemoryToUpdate with { Slots = slots, Rounding = default }, start, length);
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
            pass.Sweep([StageOf(formula, firstSlot)], pass.MemoryToUpdate with { Update = x, Result = null, Destination = Destination.None }, 0, Layout.Length);
        }

        MarkWritten(firstSlot, F.SlotCount);
    }

    /// <summary>Puts a formula off to the sweep that follows this work, together with the formulas after it. Nothing is read or changed after this.</summary>
    /// <typeparam name="F">The formula's type.</typeparam>
    /// <param name="formula">The formula.</param>
    /// <param name="firstSlot">Which of the work's slots is the formula's first.</param>
    public void Then<F>(F formula, int firstSlot = 0)
        where F : struct, IFormula<T> => LeaveToSweep(StageOf(formula, firstSlot));

    /// <summary>Puts off a formula for each tensor, as <see cref="Then"/> does one.</summary>
    /// <typeparam name="F">The formula's type.</typeparam>
    /// <param name="formula">From a tensor's position in the layout to its formula.</param>
    /// <param name="firstSlot">Which of the work's slots is the formulas' first.</param>
    public void ThenPerTensor<F>(Func<int, F> formula, int firstSlot = 0)
        where F : struct, IFormula<T>
    {
        ArgumentNullException.ThrowIfNull(formula);
        var tensors = Enumerable.Range(0, Layout.Count);
        ThenPerRange<F>([.. tensors.Select(formula)], [.. tensors.Select(i => Layout.OffsetOf(i) + Layout[i].Length)], firstSlot);
    }

    /// <summary>Adds weight decay to the update at once, as <see cref="Plan{T}.ApplyDecay"/> does in its place.</summary>
    /// <param name="weightDecay">wd.</param>
    public void Decay(double weightDecay)
    {
        var formula = new DecayFormula<T>(weightDecay);
        if (weightDecay == 0)
        {
            return;
        }

        if (scope.Exempt?.RunsOf(Layout) is not { } runs)
        {
            Sweep(formula);
            return;
        }

        for (int run = 0, start = 0; run < runs.Ends.Length; start = runs.Ends[run++])
        {
            if (runs.Kinds[run] == 1)
            {
                SweepRange(formula, start, runs.Ends[run] - start);
            }
        }
    }

    /// <summary>Puts off a formula for each tensor, of one type where the tensor is exempt from decay and of another where it is not.</summary>
    internal void ThenPerTensor<A, B>(Func<int, A> exempt, Func<int, B> decaying, int firstSlot = 0)
        where A : struct, IFormula<T>
        where B : struct, IFormula<T>
    {
        if (scope.Exempt?.RunsOf(Layout) is null)
        {
            ThenPerTensor(decaying, firstSlot);
        }
        else
        {
            var tensors = Enumerable.Range(0, Layout.Count);
            LeaveToSweep(new PiecewiseStage<T>(
                [.. tensors.Select(i => Decays(i) ? (Stage<T>)StageOf(decaying(i), firstSlot) : StageOf(exempt(i), firstSlot))],
                [.. tensors.Select(i => Layout.OffsetOf(i) + Layout[i].Length)]));
        }
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
            LeaveToSweep(new PiecewiseStage<T>([.. formulas.Select(formula => StageOf(formula, firstSlot))], [.. ends]));
        }
    }

    /// <summary>Carries out another rule's plan on some tensors; the update of the others stays as it is.</summary>
    internal void Run(TensorSubset subset, Plan<T> other)
    {
        var update = TensorSet.Uninitialized<T>(subset.Layout);
        subset.Gather(Update, update.Writable);
        fixed (T* u = update.Writable, p = other.Parameters.Span)
        {
            var memory = pass.MemoryToUpdate with { Update = u, Parameters = p, Result = u, Slots = pass.Memory.Slots + firstSlot, Rounding = default };
            other.Run(new Pass<T>(subset.Layout, pass.SlotLayouts[firstSlot..], pass.Engine, memory, u) { IsPlain = pass.IsPlain, Outer = pass });
        }

        subset.Scatter(update.Span, ChangeUpdate());

        // The copies live no longer than this; the next step asks for as much again.
        update.Storage.Release();
        other.Parameters.Storage.Release();
        foreach (int slot in Enumerable.Range(0, slotCount).Except(other.IdleSlots ?? []))
        {
            MarkWritten(slot, 1);
        }
    }

    /// <summary>Carries out another rule's plan on tensors of its own layout; its slots are the first of the work's.</summary>
    internal void Run(Plan<T> other, TensorSet<T> parameters, TensorSet<T> update)
    {
        fixed (T* u = update.Writable, p = parameters.Span)
        {
            var memory = pass.MemoryToUpdate with { Update = u, Parameters = p, Result = u, Slots = pass.Memory.Slots + firstSlot, Rounding = default };
            other.Run(new Pass<T>(other.Layout, pass.SlotLayouts[firstSlot..], pass.Engine, memory, u) { IsPlain = pass.IsPlain, Outer = pass });
        }

        foreach (int slot in Enumerable.Range(0, other.ClaimedSlots).Except(other.IdleSlots ?? []))
        {
            MarkWritten(slot, 1);
        }
    }

    /// <summary>Ends the work: slots that no formula put off will write have their values where the next state looks for them.</summary>
    internal void Finish()
    {
        for (int slot = firstSlot; slot < firstSlot + slotCount; slot++)
        {
            if (!pass.Memory.Slots[slot].AwaitsSweep)
            {
                pass.CarryOver(slot);
            }
        }
    }

    private void LeaveToSweep(Stage<T> stage)
    {
        for (int slot = stage.FirstSlot; slot < stage.FirstSlot + stage.SlotCount; slot++)
        {
            pass.Memory.Slots[slot].LeaveToSweep();
        }

        pass.Append(stage);
    }

    private Stage<T, F> StageOf<F>(F formula, int slot)
        where F : struct, IFormula<T>
    {
        SlotProbe<T, F>.Require(formula);
        for (int i = slot; i < slot + F.SlotCount; i++)
        {
            Checked(i);
            SlotProbe.RequirePlaces(SlotLayout(i), Layout, i, scope.Rule);
        }

        return new(formula, firstSlot + slot);
    }

    private void CarryOver(int slot, int count)
    {
        for (int i = slot; i < slot + count; i++)
        {
            pass.CarryOver(Checked(i));
        }
    }

    private void MarkWritten(int slot, int count)
    {
        for (int i = slot; i < slot + count; i++)
        {
            pass.Memory.Slots[Checked(i)].MarkWritten();
        }
    }
}
