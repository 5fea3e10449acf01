using System.Globalization;
using System.Numerics;
using Optim.Execution;

namespace Optim;

// What a step takes and gives, and what stays of a state when one fails.
public sealed partial class OptimizerState<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>One step: see <see cref="Optimizer.Step{T}"/>.</summary>
    /// <param name="gradient">The gradient at <see cref="Parameters"/>, of the same layout.</param>
    public Tuple<OptimizerState<T>, TensorSet<T>> Step(TensorSet<T> gradient) => Optimizer.Step(this, gradient);

    /// <summary>One step with a plain vector, for a state with one tensor.</summary>
    /// <param name="gradient">The gradient at <see cref="Parameters"/>; as many elements.</param>
    /// <exception cref="ArgumentException">The state has several tensors, or another number of elements.</exception>
    public Tuple<OptimizerState<T>, TensorSet<T>> Step(MathNet.Numerics.LinearAlgebra.Vector<T> gradient)
    {
        ArgumentNullException.ThrowIfNull(gradient);
        var layout = Alive().parameters.Layout;
        return layout.Count == 1
            ? Optimizer.Step(this, TensorSet.OfValues<T>(layout, gradient.AsArray() ?? gradient.ToArray()))
            : throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"A plain vector can be the {nameof(gradient)} of one tensor only, the state has {layout.Count}: {layout}."),
                nameof(gradient));
    }

    /// <exception cref="OverflowException">The counter would overflow.</exception>
    internal static void RequireAnotherStep(long stepCount)
    {
        if (stepCount == long.MaxValue)
        {
            throw new OverflowException(
                string.Create(CultureInfo.InvariantCulture, $"A state counts at most {long.MaxValue} steps, and this one has taken them all."));
        }
    }

    internal OptimizerState<T> Next(TensorSet<T> gradient, StepInputs<T> inputs)
    {
        Alive();
        StepInputs<T>.Require(gradient, parameters.Layout, nameof(gradient));
        inputs.Check(parameters.Layout);
        RequireAnotherStep(StepCount);
        gradient = Elsewhere(gradient);
        inputs = inputs.HessianDiagonal is { } diagonal ? inputs with { HessianDiagonal = Elsewhere(diagonal) } : inputs;
        var reading = gradient.Storage.Read();

        if (IsDonated && !ownership.TryEnd())
        {
            throw ownership.Gone();
        }

        int version = IsDonated ? 0 : ownership.Begin();
        bool done = false;
        try
        {
            var next = Taken(gradient, inputs);
            done = true;
            reading.End();
            if (!IsDonated)
            {
                ownership.RequireUnchanged(version);
            }

            return next;
        }
        finally
        {
            if (IsDonated && !done)
            {
                if (parameters.Storage.Broken || slots.Broken)
                {
                    ownership.Fail();
                }
                else
                {
                    ownership.Resume();
                }
            }
        }
    }

    /// <summary>A set that the step does not overwrite while it reads it: what lies in the memory of a donated state is copied.</summary>
    private TensorSet<T> Elsewhere(TensorSet<T> set) => IsDonated && (set.Storage == parameters.Storage || slots.LieIn(set.Storage)) ? set.Copy() : set;

    private OptimizerState<T> Taken(TensorSet<T> gradient, StepInputs<T> inputs)
    {
        while (true)
        {
            try
            {
                if (inputs.LeftOut is { } leftOut)
                {
                    return TakenWithout(leftOut, gradient, inputs);
                }

                var plan = plans.Take(parameters.Layout);
                plan.Begin(StepCount, inputs, scalars, parameters);
                plan.PrepareState(rule, slots.Layouts);
                var (newParameters, newSlots) = Executor.Step(plan, gradient, parameters, slots, IsDonated, engine);
                double[] newScalars = plan.NewScalars;
                plans.Return(plan);
                return new(
                    rule, names, checked(StepCount + (inputs.Flushes ? rule.PendingAt(StepCount, scalars).Missing : 1)), newParameters, newSlots, newScalars, engine, new(), plans, donated: false);
            }
            catch (EvaluationRefusedException refused)
            {
                inputs = inputs with { RefusedBy = refused.Guards };
            }
        }
    }
}
