using System.Numerics;

namespace Optim.Execution;

/// <content>What leaves the state, and comes in from others.</content>
public sealed unsafe partial class InPlaceState<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>A snapshot as an immutable state, including parameters, which later steps do not change. That of a part is a state of its own: a step of it asks no other part.</summary>
    public OptimizerState<T> Snapshot()
    {
        if (Volatile.Read(ref besideEvaluation) is { } state)
        {
            return state;
        }

        Enter();
        try
        {
            return Copied();
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Calls a function while the application's memory holds the parameters for evaluating a model (<see cref="OptimizerState{T}.EvaluationParameters"/>); afterwards, even if it throws, that holds the parameters again.</summary>
    /// <typeparam name="TResult">What the function returns.</typeparam>
    /// <param name="function">Reads the parameters. It may not step or load; a <see cref="Snapshot"/> is that of the state before.</param>
    /// <exception cref="InvalidOperationException">Another thread, or the objective of <see cref="StepOn(Func{double})"/>, is within a call.</exception>
    public TResult AtEvaluationParameters<TResult>(Func<TResult> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        Enter();
        try
        {
            var before = Copied();
            var values = before.EvaluationParameters;
            tensors.RequireParametersReachable();
            Volatile.Write(ref occupation, "Until the function of AtEvaluationParameters returns, the arrays hold the evaluation parameters: a step would be lost.");
            Volatile.Write(ref besideEvaluation, before);
            try
            {
                tensors.Write(values);
                return function();
            }
            finally
            {
                HasFailed = true;
                tensors.Write(before.Parameters);
                HasFailed = false;
            }
        }
        finally
        {
            Volatile.Write(ref besideEvaluation, null);
            Volatile.Write(ref occupation, null);
            Leave();
        }
    }

    /// <summary>Continues from a state: its rule, step counter, slots, scalars and parameters, which are copied into the application's memory.</summary>
    /// <param name="state">The state; it stays valid.</param>
    /// <exception cref="ArgumentException">The state's parameters have another layout; the message names the tensor.</exception>
    public void Load(OptimizerState<T> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        Enter(failedToo: true);
        try
        {
            StepInputs<T>.Require(state.Parameters, Layout, "state");
            var (before, copy, numbers, newPlan) = (slots, state.CopySlots(), state.AllScalars.ToArray(), new Plan<T>(Layout, gather));
            tensors.RequireParametersReachable();
            HasFailed = true;
            tensors.Write(state.Parameters);
            (Rule, StepCount, names, slots, scalars, plan) = (state.Rule, state.StepCount, state.Names, copy, numbers, newPlan);
            HasFailed = false;
            before.Release();
            tensors.Release();
        }
        finally
        {
            Leave();
        }
    }

    private OptimizerState<T> Copied() => OptimizerState<T>.Of(
        Rule, names, StepCount, tensors.Copied(), slots.WithFormats(slots.Formats.Span), [.. scalars], engine.Alone);
}
