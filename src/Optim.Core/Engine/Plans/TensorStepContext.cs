using System.Numerics;
using Optim.Lanes;
using Optim.LinearAlgebra;
using Optim.Tensors;
using Optim.Threading;

namespace Optim.Execution;

/// <summary>
/// A step at the point where a rule must see whole tensors: the update, the parameters, the rule's slots and scalars, for norms, sums, matrices and
/// evaluations of the objective. Valid while the rule's work runs, on its thread.
/// </summary>
/// <remarks>
/// A slot holds its value from before the step until the work changes it; slots that the work leaves alone stay as they are. All sums have
/// the same bits for any number of threads and any width. Positions are flat: tensor i begins at <c>Layout.OffsetOf(i)</c>.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public abstract unsafe partial class TensorStepContext<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Pass<T> pass;
    private readonly Plan<T> plan;
    private readonly Scope scope;
    private readonly int firstSlot;
    private readonly int slotCount;

    private protected TensorStepContext(Pass<T> pass, Plan<T> plan, Scope scope, int firstSlot, int slotCount)
    {
        this.pass = pass;
        this.plan = plan;
        this.scope = scope;
        this.firstSlot = firstSlot;
        this.slotCount = slotCount;
    }

    /// <summary>The parameters' layout.</summary>
    public Layout Layout => pass.Layout;

    /// <summary>The number of elements over all tensors: what a sum over them is divided by for a mean. Where the set is divided (<see cref="StatePartition"/>), those of the other parts are among them.</summary>
    public double ElementCount => pass.Engine.Peers is { } peers ? peers.Exchange([Layout.Length]).Sum(part => part[0]) : Layout.Length;

    /// <summary>The number of steps that the rule has taken before this one.</summary>
    public long Clock => scope.Clock;

    /// <summary>This step's number, from 1.</summary>
    public long Step => scope.Clock + 1;

    /// <summary>The loss at the parameters, where it was given.</summary>
    public double? Loss => scope.Loss;

    /// <summary>The most threads the step may use.</summary>
    public int MaxThreads => pass.Engine.Threads;

    /// <summary>What matrices are computed with.</summary>
    internal Engine Engine => pass.Engine;

    /// <summary>Whether a tensor has the rule's weight decay: all have but those that <see cref="DecayExemption"/> exempts.</summary>
    /// <param name="tensor">The tensor's position in the layout.</param>
    public bool Decays(int tensor) => scope.Exempt?.Takes(tensor) != true;

    /// <summary>The parameters before this step, all of them. On an application's own arrays asking for them copies them; <see cref="ParametersOf"/> does not.</summary>
    public ReadOnlySpan<T> Parameters => new(pass.FlatParameters(), Layout.Length);

    /// <summary>The update as it is here, all of it. On an application's own arrays asking for it may copy it; <see cref="UpdateOf"/> does not.</summary>
    public ReadOnlySpan<T> Update => new(pass.FlatUpdate(), Layout.Length);

    /// <summary>One tensor's parameters before this step.</summary>
    /// <param name="tensor">The tensor's position in the layout.</param>
    public ReadOnlySpan<T> ParametersOf(int tensor) => ParametersIn(Layout.OffsetOf(tensor), Layout[tensor].Length);

    /// <summary>One tensor's update as it is here.</summary>
    /// <param name="tensor">The tensor's position in the layout.</param>
    public ReadOnlySpan<T> UpdateOf(int tensor) => UpdateIn(Layout.OffsetOf(tensor), Layout[tensor].Length);

    /// <summary>The update, to be changed.</summary>
    public Span<T> ChangeUpdate()
    {
        var update = Update;
        var buffer = new Span<T>(pass.UpdateBuffer, Layout.Length);
        if (pass.Memory.Update != pass.UpdateBuffer)
        {
            update.CopyTo(buffer);
        }

        pass.UpdateIsInBuffer();
        return buffer;
    }

    /// <summary>A scalar of the state before this step.</summary>
    /// <param name="name">The name the rule declared.</param>
    public double Scalar(string name) => plan.ScalarOf(scope, name);

    /// <summary>Sets a scalar of the state after this step.</summary>
    /// <param name="name">The name the rule declared.</param>
    /// <param name="value">The new value.</param>
    public void SetScalar(string name, double value) => plan.SetScalarOf(scope, name, value);

    /// <summary>The layout of one of the work's slots.</summary>
    /// <param name="slot">The slot, from 0.</param>
    public Layout SlotLayout(int slot) => pass.SlotLayout(firstSlot + slot);

    /// <summary>One of the work's slots, as it is here.</summary>
    /// <param name="slot">The slot, from 0.</param>
    public ReadOnlySpan<T> Slot(int slot) => SlotOfPlan(Checked(slot));

    /// <summary>One of the work's slots, to be changed.</summary>
    /// <param name="slot">The slot, from 0.</param>
    public Span<T> ChangeSlot(int slot)
    {
        pass.CarryOver(Checked(slot));
        pass.BeginWriting();
        return NextOf(slot);
    }

    /// <summary>One of the work's slots, all of whose elements the caller writes: what it was is lost.</summary>
    internal Span<T> ReplaceSlot(int slot)
    {
        pass.Memory.Slots[Checked(slot)].MarkWritten();
        pass.BeginWriting();
        return NextOf(slot);
    }

    /// <summary>Any slot of the plan, by its number among all of them, as it is here: a wrapper may keep what the rule inside is about to change.</summary>
    internal ReadOnlySpan<T> SlotOfPlan(int slot) => new(pass.Memory.Slots[slot].Current, pass.SlotLayout(slot).Length);

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
    public double GlobalNorm(double normType = 2) => normType == 2 ? pass.Norm ??= NormOfUpdate(2) : NormOfUpdate(normType);

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
            return Tensors.GlobalNorm.Of(x, Layout, normType, ThreadsFor(Layout.Length), pass.Engine.Peers);
        }
    }

    /// <summary>The Euclidean norm of the parameters over all tensors.</summary>
    internal double ParameterNorm() => pass.SeparateParameters is { } tensors
        ? Tensors.GlobalNorm.Of(tensors, Layout, 2, ThreadsFor(Layout.Length), pass.Engine.Peers)
        : GlobalNorm(Parameters);

    /// <summary>A sum over all tensors.</summary>
    /// <typeparam name="M">The summand's type.</typeparam>
    /// <param name="summand">The term of one element.</param>
    public double Sum<M>(M summand)
        where M : struct, ISummand
    {
        Probe(summand);
        T** slots = stackalloc T*[slotCount + 1];
        FillCurrent(slots);
        var operands = new SetOperands<T>(pass.Memory.Update, pass.SeparateUpdate, pass.Memory.Parameters, pass.SeparateParameters, slots);
        return ParallelReduction.OverSet(new SumOf<M>(summand), operands, Layout, ThreadsFor(Layout.Length), pass.Engine.Peers);
    }

    /// <summary>A sum over a range.</summary>
    /// <typeparam name="M">The summand's type.</typeparam>
    /// <param name="summand">The term of one element.</param>
    /// <param name="start">The first element's flat position.</param>
    /// <param name="length">The number of elements.</param>
    public double Sum<M>(M summand, int start, int length)
        where M : struct, ISummand
    {
        CheckRange(start, length);
        Probe(summand);
        T** slots = stackalloc T*[slotCount + 1];
        FillCurrent(slots);
        fixed (T* x = UpdateIn(start, length), y = ParametersIn(start, length))
        {
            return ParallelReduction.OverRange(new SumOf<M>(summand), new Operands<T>(x, y, slots, start), length, ThreadsFor(length));
        }
    }

    /// <summary>Some of the update's elements in a row: a tensor's, or a part of a tensor's, which are not copied, whoever has them.</summary>
    internal ReadOnlySpan<T> UpdateIn(int start, int length) => In(pass.SeparateUpdate, start, length, out var part) ? part : Update.Slice(start, length);

    /// <summary>Some of the parameters before this step, as <see cref="UpdateIn"/>.</summary>
    internal ReadOnlySpan<T> ParametersIn(int start, int length) => In(pass.SeparateParameters, start, length, out var part) ? part : Parameters.Slice(start, length);

    private bool In(ReadOnlyMemory<T>[]? tensors, int start, int length, out ReadOnlySpan<T> part)
    {
        part = default;
        if (tensors is null || length == 0)
        {
            return tensors is not null;
        }

        int tensor = Layout.TensorAt(start), from = start - Layout.OffsetOf(tensor);
        if (from + length > Layout[tensor].Length)
        {
            return false;
        }

        part = tensors[tensor].Span.Slice(from, length);
        return true;
    }

    private double NormOfUpdate(double normType)
    {
        if (pass.SeparateUpdate is not { } tensors)
        {
            return GlobalNorm(Update, normType);
        }

        Tensors.GlobalNorm.CheckType(normType);
        return Tensors.GlobalNorm.Of(tensors, Layout, normType, ThreadsFor(Layout.Length), pass.Engine.Peers);
    }

    /// <summary>Refuses a summand that reads what is no slot of the work, or one that is laid out otherwise.</summary>
    private void Probe<M>(M summand)
        where M : struct, ISummand => summand.Term<ScalarLane<double>, ProbedSlots>(new(0), new(0), new(this));

    private void FillCurrent(T** slots)
    {
        for (int slot = 0; slot < slotCount; slot++)
        {
            slots[slot] = pass.Memory.Slots[firstSlot + slot].Current;
        }
    }

    private Span<T> NextOf(int slot) => new(pass.Memory.Slots[firstSlot + slot].Next, SlotLayout(slot).Length);

    private int ThreadsFor(int length) => Chunks.ThreadsFor(length, pass.Engine.Threads);

    /// <summary>A slot's number among the plan's.</summary>
    private int Checked(int slot) => slot >= 0 && slot < slotCount
        ? firstSlot + slot
        : throw new ArgumentOutOfRangeException(nameof(slot), FormattableString.Invariant($"slot must be in [0, {slotCount}), was {slot}."));

    private void CheckRange(int start, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Layout.Length - start);
    }

    /// <summary>Slots that hold nothing: which of them are read is what is asked.</summary>
    private readonly struct ProbedSlots(TensorStepContext<T> context) : ISlots<ScalarLane<double>>
    {
        public ScalarLane<double> Read(int slot)
        {
            context.Checked(slot);
            SlotProbe.RequirePlaces(context.SlotLayout(slot), context.Layout, slot, context.scope.Rule);
            return new(0);
        }

        public void Write(int slot, ScalarLane<double> value) => throw new InvalidOperationException("A summand must not write slots.");
    }
}
