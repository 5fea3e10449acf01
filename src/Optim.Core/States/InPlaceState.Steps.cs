using System.Globalization;
using System.Numerics;
using Optim.LinearAlgebra;
using Optim.Tensors;
using Optim.Threading;

namespace Optim.Execution;

/// <content>How a step is taken, in the application's memory or on gathered copies.</content>
public sealed unsafe partial class InPlaceState<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private OptimizerState<T> Copied()
    {
        var values = TensorSet.Uninitialized<T>(Layout);
        Gather(current, values.Writable);
        return OptimizerState<T>.Of(
            Rule, names, StepCount, values, SlotBank<T>.Copied([.. Enumerable.Range(0, slots.Count).Select(i => slots[i])]), [.. scalars], engine);
    }

    private static void RequireLengths(ReadOnlyMemory<T>[] tensors, Layout layout, string name)
    {
        if (tensors.Length != layout.Count)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{name} must be {layout.Count}, one for each tensor of {layout}, were {tensors.Length}."), name);
        }

        for (int i = 0; i < tensors.Length; i++)
        {
            if (tensors[i].Length != layout[i].Length)
            {
                throw new ArgumentException(
                    string.Create(CultureInfo.InvariantCulture, $"{name} of tensor '{layout[i].Name}' must have {layout[i].Length} elements, had {tensors[i].Length}."), name);
            }
        }
    }

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

    /// <summary>Asks each tensor's owner for its memory, so that one that is gone throws before anything is written.</summary>
    private void RequireReachable(ReadOnlyMemory<T>[] tensors, IReadOnlyList<bool>? leftOut = null)
    {
        for (int i = 0; i < tensors.Length; i++)
        {
            if (leftOut is not null && leftOut[i])
            {
                continue;
            }

            int length = tensors[i].Span.Length;
            if (length != Layout[i].Length)
            {
                throw new InvalidOperationException(
                    string.Create(CultureInfo.InvariantCulture, $"The memory of tensor '{Layout[i].Name}' must have {Layout[i].Length} elements, has {length} now."));
            }
        }
    }

    private void Advance(in StepInputs<T> inputs)
    {
        inputs.Check(Layout);
        OptimizerState<T>.RequireAnotherStep(StepCount);
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
        if ((gathered & Gathered.Displaced) == 0 && plan.TryFuse(stages))
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
            SweepGathered();
            scalars = plan.NewScalars;
        }

        StepCount = inputs.Flushes ? OptimizerState<T>.AfterFlush(Rule, StepCount) : StepCount + 1;
    }

    private void RequirePiecesWillDo()
    {
        if (engine.HasPieces && plan.NeedsTensors)
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
            OptimizerState<T>.RequireClocks(after.Rule, Parameters());
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
        var step = new PartialStep<T>(Layout, leftOut);
        var (moved, moments, numbers) = step.Take(
            Rule, StepCount, Gradient(), Parameters(), [.. Enumerable.Range(0, slots.Count).Select(i => slots[i])], scalars, inputs, engine);
        var clocks = ClocksAfter(leftOut, numbers);
        RequireReachable(current);
        HasFailed = true;
        step.Write(moved, parameters);
        for (int slot = 0; slot < slots.Count; slot++)
        {
            step.Write(moments[slot], slots[slot]);
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

        RequireReachable(current);
        RequireReachable(gradients, leftOut);
        var table = stackalloc SlotMemory<T>[slots.Count + 1];
        fixed (T* s = slots.Pinnable)
        {
            slots.Fill(table, s);
            HasFailed = true;
            Chunks.Run(
                new SeparateTensors<T>(Layout, parameters, gradients, stages, table, engine.Vectors<T>(), plan.Destination, leftOut),
                Chunks.CountFor(Layout.Length), Chunks.ThreadsFor(Layout.Length, engine.Threads), job);
            HasFailed = false;
        }
    }

    private void SweepGathered()
    {
        var (before, values, gradient) = (slots, Parameters(), Gradient());
        try
        {
            (flat, slots) = Executor.Step(plan, gradient, values, before, donated: true, engine);
            HasFailed = true;
            Scatter(flat);
            HasFailed = false;
        }
        finally
        {
            HasFailed |= values.Storage.Broken || before.Broken;
        }

        before.Release();
    }

    /// <summary>The parameters before this step, as one set.</summary>
    private TensorSet<T> Parameters() => Collected(Gathered.Parameters, ref flat);

    private TensorSet<T> Gradient() => Collected(Gathered.Gradient, ref flatGradient);

    private TensorSet<T> Collected(Gathered what, ref TensorSet<T>? buffer)
    {
        buffer ??= TensorSet.Uninitialized<T>(Layout);
        if ((gathered & what) == 0)
        {
            Gather(what == Gathered.Gradient ? gradients : current, buffer.Writable);
            gathered |= what;
        }

        return buffer;
    }

    private void Gather(ReadOnlyMemory<T>[] tensors, Span<T> set)
    {
        for (int i = 0; i < tensors.Length; i++)
        {
            tensors[i].Span.CopyTo(set[Layout.OffsetOf(i)..]);
        }
    }

    private void Scatter(TensorSet<T> set)
    {
        for (int i = 0; i < parameters.Length; i++)
        {
            set.Span.Slice(Layout.OffsetOf(i), Layout[i].Length).CopyTo(parameters[i].Span);
        }
    }

    private void Forget() => gathered = Gathered.Nothing;

    private void ReleaseBuffers()
    {
        flat?.Storage.Release();
        flatGradient?.Storage.Release();
        (flat, flatGradient) = (null, null);
    }

    /// <summary>Which of this step's data is in the buffers.</summary>
    [Flags]
    private enum Gathered
    {
        Nothing = 0,
        Parameters = 1,
        Gradient = 2,

        /// <summary>The arrays hold a trial point of the objective; the parameters are in the buffer.</summary>
        Displaced = 4,
    }
}
