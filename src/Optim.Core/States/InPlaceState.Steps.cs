using System.Numerics;
using Optim.Tensors;
using Optim.Threading;

namespace Optim.Execution;

/// <content>Steps.</content>
public sealed unsafe partial class InPlaceState<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>One step with the current gradients.</summary>
    /// <param name="loss">The loss at the parameters, for rules that need it.</param>
    /// <param name="hessianDiagonal">An estimate of the Hessian diagonal, of this <see cref="Layout"/>, for rules that need it.</param>
    /// <param name="sparseIndices">Which elements have a gradient, for rules that need it: flat indices in each tensor, by its name. Null for all elements.</param>
    /// <exception cref="ArgumentException">The rule needs an input that is missing, or one does not match.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A schedule leaves its hyperparameter's range at this step.</exception>
    /// <exception cref="InvalidOperationException">Another thread, or the objective of <see cref="StepOn(Func{double})"/>, is within a call.</exception>
    public void Step(double? loss = null, TensorSet<T>? hessianDiagonal = null, IReadOnlyDictionary<string, IReadOnlyList<int>>? sparseIndices = null)
    {
        Enter();
        try
        {
            Advance(new StepInputs<T>(loss, hessianDiagonal, null, sparseIndices));
        }
        finally
        {
            EndStep();
        }
    }

    /// <summary>One step that leaves tensors out, which have no gradient this time: their values, slots and clock stay; see <see cref="Optimizer.StepWithout{T}"/>. Their gradients are not read.</summary>
    /// <param name="leftOut">The names of the tensors left out.</param>
    /// <param name="loss">The loss at the parameters, for rules that need it.</param>
    /// <param name="hessianDiagonal">An estimate of the Hessian diagonal, of this <see cref="Layout"/>, for rules that need it.</param>
    /// <param name="sparseIndices">Which elements have a gradient, for rules that need it: flat indices in each tensor, by its name. Null for all elements.</param>
    /// <exception cref="ArgumentException">There is no tensor of a name, or as <see cref="Step"/>.</exception>
    /// <exception cref="InvalidOperationException">The rule counts its steps and works on whole tensors, so that a tensor cannot have a clock of its own. Or another thread, or the objective of <see cref="StepOn(Func{double})"/>, is within a call.</exception>
    public void StepWithout(
        IReadOnlyCollection<string> leftOut, double? loss = null, TensorSet<T>? hessianDiagonal = null, IReadOnlyDictionary<string, IReadOnlyList<int>>? sparseIndices = null)
    {
        var marks = StepInputs<T>.Marked(leftOut, Layout);
        Enter();
        try
        {
            Advance(new StepInputs<T>(loss, hessianDiagonal, null, sparseIndices, LeftOut: marks));
        }
        finally
        {
            EndStep();
        }
    }

    /// <summary>One step on an objective, for rules that evaluate it at several points (SAM, L-BFGS); any other rule evaluates it once.</summary>
    /// <param name="objective">Reads the parameters in place, writes the gradients, returns the loss. During the step the values may be those of a trial point.</param>
    /// <returns>The loss at the parameters before the step.</returns>
    /// <exception cref="InvalidOperationException">Another thread, or the objective itself, is within a call.</exception>
    public double StepOn(Func<double> objective) => StepOn(objective, static () => []);

    /// <summary>The same where some tensors may have no gradient: these are left out of the step, as by <see cref="StepWithout"/>.</summary>
    /// <param name="objective">Reads the parameters in place, writes the gradients, returns the loss. During the step the values may be those of a trial point.</param>
    /// <param name="leftOut">The names of the tensors left out; asked once, when the objective has been called for the first time.</param>
    /// <returns>The loss at the parameters before the step.</returns>
    /// <exception cref="ArgumentException">There is no tensor of a name.</exception>
    /// <exception cref="InvalidOperationException">As <see cref="StepWithout"/>.</exception>
    public double StepOn(Func<double> objective, Func<IReadOnlyCollection<string>> leftOut)
    {
        ArgumentNullException.ThrowIfNull(objective);
        ArgumentNullException.ThrowIfNull(leftOut);
        Enter();
        bool done = false;
        try
        {
            double first = objective();
            Advance(new StepInputs<T>(first, Objective: Evaluate, LeftOut: StepInputs<T>.Marked(leftOut(), Layout)));
            done = true;
            return first;
        }
        finally
        {
            try
            {
                if (!done && !HasFailed && tensors.IsDisplaced)
                {
                    HasFailed = true;
                    tensors.Write(tensors.FlatParameters());
                    HasFailed = false;
                }
            }
            finally
            {
                EndStep();
            }
        }

        Tuple<double, TensorSet<T>> Evaluate(TensorSet<T> at)
        {
            tensors.Displace();
            tensors.Write(at);
            double loss = objective();
            return new(loss, tensors.NewGradient());
        }
    }

    /// <summary>Applies the gradients pending in an <see cref="Accumulate"/> or <see cref="AccumulateOnSchedule"/>; does nothing if there are none. See <see cref="Optimizer.Flush{T}"/>.</summary>
    /// <exception cref="InvalidOperationException">Another thread, or the objective of <see cref="StepOn(Func{double})"/>, is within a call.</exception>
    public void Flush()
    {
        Enter();
        ReadOnlyMemory<T>[]? own = null;
        try
        {
            if (Rule.PendingAt(StepCount, scalars).Gathered > 0)
            {
                own = tensors.ReplaceGradients([.. Layout.Select(shape => (ReadOnlyMemory<T>)new T[shape.Length])]);
                Advance(new(Flushes: true));
            }
        }
        finally
        {
            if (own is not null)
            {
                tensors.ReplaceGradients(own);
            }

            EndStep();
        }
    }

    /// <summary>The global Euclidean norm of the gradients, as used by <see cref="ClipByGlobalNorm"/>.</summary>
    public double GradientNorm()
    {
        Enter();
        try
        {
            tensors.RequireReachable();
            return GlobalNorm.Of(tensors.Gradients, Layout, 2, Chunks.ThreadsFor(Layout.Length, engine.Threads), engine.Peers);
        }
        finally
        {
            EndStep();
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
        long after = checked(StepCount + (inputs.Flushes ? Rule.PendingAt(StepCount, scalars).Missing : 1));
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

        StepCount = after;
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
}
