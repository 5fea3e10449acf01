using System.Numerics;
using Optim.Tensors;
using Optim.Threading;

namespace Optim.Execution;

/// <content>How a step is carried out in the application's memory.</content>
public sealed unsafe partial class InPlaceState<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>How the step at hand rounds its slots.</summary>
    private SlotRounding Rounding => slots.RoundingAt(plan.RoundingStep, engine.Firsts);

    private void SweepWithout(IReadOnlyList<bool> leftOut, in StepInputs<T> inputs)
    {
        tensors.RequireReachable();
        var step = new PartialStep<T>(Layout, leftOut);
        var (moved, moments, numbers) = step.Take(
            Rule, StepCount, tensor => tensors.Gradients[tensor].Span, tensors.FlatParameters(), [.. Enumerable.Range(0, slots.Count).Select(i => slots[i])], scalars, inputs, engine);
        var clocks = ClocksAfter(leftOut, numbers);
        tensors.RequireParametersReachable();
        HasFailed = true;
        step.Write(moved, tensors.Targets);
        for (int slot = 0; slot < slots.Count; slot++)
        {
            var all = slots[slot];
            step.Write(moments[slot], all);
            if (slots.Formats.Span[slot] != SlotFormat.Full)
            {
                slots.Write(slot, all.Span, Rounding);
            }
        }

        HasFailed = false;
        moments.Release();
        moved.Storage.Release();
        GoOn(clocks);
    }

    private void SweepWhereTheyLie(IReadOnlyList<bool>? leftOut = null)
    {
        if (stages.Count == 0)
        {
            stages.Add(Stage<T>.Through);
        }

        tensors.RequireReachable();
        var table = stackalloc SlotMemory<T>[slots.Count + 1];
        fixed (T* s = slots.Pinnable)
        {
            slots.Fill(table, s);
            var decoded = slots.HasCodedSlots ? DecodedSlots<T>.In(plan, table, slots.Layouts.Span) : null;
            HasFailed = true;
            Chunks.Run(
                new SeparateTensors<T>(Layout, tensors, stages, MemoryOf(table), 0, Layout.Length, leftOut),
                Chunks.CountFor(Layout.Length), Chunks.ThreadsFor(Layout.Length, engine.Threads), job);
            decoded?.Encode(Rounding);
            HasFailed = false;
        }
    }

    /// <summary>A step of a rule that sees whole tensors: what it asks for lies where it lies, or is copied when it must be flat.</summary>
    private void CarryOut()
    {
        tensors.RequireReachable();
        var table = stackalloc SlotMemory<T>[slots.Count + 1];
        if (!plan.CanFailMidway)
        {
            fixed (T* s = slots.Pinnable)
            {
                slots.Fill(table, s);
                CarryOut(table, inPlace: true);
                return;
            }
        }

        // What may throw after slots were written writes others.
        var before = slots;
        var next = before.AllocateNext(inPlace: false, plan.IdleSlots);
        fixed (T* s = before.Pinnable, s2 = next.Pinnable)
        {
            next.Fill(table, s, s2);
            CarryOut(table, inPlace: false);
        }

        slots = next.Commit(donated: true);
        before.Release();
    }

    private void CarryOut(SlotMemory<T>* table, bool inPlace)
    {
        var decoded = slots.HasCodedSlots ? DecodedSlots<T>.In(plan, table, slots.Layouts.Span) : null;
        var pass = plan.BeginPass(slots.Layouts, engine, MemoryOf(table), null, tensors);
        try
        {
            plan.RunItems(pass);
        }
        catch
        {
            HasFailed |= inPlace && pass.HasWritten;
            throw;
        }

        HasFailed = true;
        pass.Finish();
        decoded?.Encode(Rounding);
        HasFailed = false;
    }

    private SweepMemory<T> MemoryOf(SlotMemory<T>* table) => new() { Slots = table, Vectors = engine.Vectors<T>(), Destination = plan.Destination, Rounding = Rounding };
}
