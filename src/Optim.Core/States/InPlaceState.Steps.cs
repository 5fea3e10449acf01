using System.Globalization;
using System.Numerics;
using Optim.LinearAlgebra;
using Optim.Tensors;
using Optim.Threading;

namespace Optim.Execution;

/// <content>How a step is taken, in the application's memory.</content>
public sealed unsafe partial class InPlaceState<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private OptimizerState<T> Copied() => OptimizerState<T>.Of(
        Rule, names, StepCount, tensors.Copied(), slots.WithFormats(slots.Formats.Span), [.. scalars], engine.Alone);

    private void Enter(bool failedToo = false)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        if (Interlocked.Exchange(ref busy, 1) != 0)
        {
            throw new InvalidOperationException(Volatile.Read(ref occupation) ?? "The optimizer is within a step: another thread uses it, or the objective calls it.");
        }

        if (HasFailed && !failedToo)
        {
            Leave();
            throw new InvalidOperationException("An earlier step, or a call of Load, threw after it had begun to write: parameters and slots may be half updated. Load a state to continue.");
        }
    }

    private void Leave() => Volatile.Write(ref busy, 0);

    /// <summary>The end of all that reads the application's memory: whatever it throws, the state is free again.</summary>
    private void EndStep()
    {
        try
        {
            tensors.EndStep();
        }
        finally
        {
            Leave();
        }
    }

    private void Advance(in StepInputs<T> inputs)
    {
        inputs.Check(Layout);
        OptimizerState<T>.RequireAnotherStep(StepCount);
        tensors.LeaveOut(inputs.LeftOut);
        try
        {
            Take(inputs);
        }
        catch (EvaluationRefusedException refused)
        {
            Advance(inputs with { RefusedBy = refused.Guards });
        }
    }

    private void Take(in StepInputs<T> inputs)
    {
        plan.Begin(StepCount, inputs, scalars);
        plan.PrepareState(Rule, slots.Layouts);
        RequirePiecesWillDo();
        stages.Clear();
        if (plan.TryFuse(stages))
        {
            if (inputs.LeftOut is { } leftOut)
            {
                var clocks = ClocksAfter(leftOut, plan.NewScalars);
                SweepWhereTheyLie(leftOut);
                GoOn(clocks);
            }
            else
            {
                SweepWhereTheyLie();
                scalars = plan.NewScalars;
            }
        }
        else if (inputs.LeftOut is { } absent)
        {
            SweepWithout(absent, inputs);
        }
        else
        {
            CarryOut();
            scalars = plan.NewScalars;
        }

        StepCount = inputs.Flushes ? OptimizerState<T>.AfterFlush(Rule, StepCount) : StepCount + 1;
    }

    private void RequirePiecesWillDo()
    {
        if (engine.Firsts is not null && plan.NeedsTensors)
        {
            throw new InvalidOperationException(FormattableString.Invariant(
                $"{Rule} works on whole tensors at step {StepCount + 1}, as it did not at its first steps, by which the set was divided: divide it with cutTensors: false."));
        }
    }

    /// <summary>The rule and the scalars after a step that leaves tensors out; refused before anything has changed.</summary>
    private (Rule Rule, double[] Scalars) ClocksAfter(IReadOnlyList<bool> leftOut, double[] newScalars)
    {
        var after = LeftOut.Of(Rule, Layout, leftOut, StepCount, StepCount + 1, scalars, newScalars);
        if (LeftOut.HasNewClocks(Rule, after.Rule))
        {
            OptimizerState<T>.RequireClocks(after.Rule, tensors.FlatParameters());
        }

        return after;
    }

    private void GoOn((Rule Rule, double[] Scalars) after)
    {
        if (!ReferenceEquals(after.Rule, Rule))
        {
            (Rule, names) = (after.Rule, StateNames.Of(after.Rule));
        }

        scalars = after.Scalars;
    }

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
                slots.Write(slot, all.Span, slots.RoundingAt(StepCount, engine.Firsts));
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
            decoded?.Encode(slots.RoundingAt(StepCount, engine.Firsts));
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
        decoded?.Encode(slots.RoundingAt(StepCount, engine.Firsts));
        HasFailed = false;
    }

    private SweepMemory<T> MemoryOf(SlotMemory<T>* table) => new() { Slots = table, Vectors = engine.Vectors<T>(), Destination = plan.Destination, Rounding = slots.RoundingAt(StepCount, engine.Firsts) };
}
