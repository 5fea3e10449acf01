using System.Numerics;

namespace Optim.Execution;

/// <content>Formulas run at once, or put off to the sweep that follows.</content>
public sealed unsafe partial class Whole<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
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
}
