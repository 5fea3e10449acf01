using System.Numerics;
using System.Runtime.InteropServices;
using Optim.Execution;
using Optim.LinearAlgebra;

namespace Optim.Execution;

/// <summary>
/// A reference implementation of <see cref="Optimizer.Step{T}"/> for tests: formula after formula over the whole set, one element at a
/// time, without fusion, threads or SIMD. The bits are the same; it is slow.
/// </summary>
public static unsafe class PlainExecutor
{
    /// <summary>The state after a step.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="state">The state before; not changed.</param>
    /// <param name="gradient">The gradient at its parameters, of the same layout.</param>
    /// <param name="loss">The loss there, for rules that need it.</param>
    /// <param name="hessianDiagonal">An estimate of the Hessian diagonal, for rules that need it.</param>
    /// <exception cref="ArgumentException">An input that the rule needs is missing, or one does not match.</exception>
    public static OptimizerState<T> Step<T>(OptimizerState<T> state, TensorSet<T> gradient, double? loss = null, TensorSet<T>? hessianDiagonal = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(gradient);
        var inputs = new StepInputs<T>(loss, hessianDiagonal);
        StepInputs<T>.Require(gradient, state.Parameters.Layout, nameof(gradient));
        inputs.Check(state.Parameters.Layout);
        var plan = Planned(state, inputs);
        T[] parameters = state.Parameters.ToArray(), update = gradient.ToArray();
        T[][] slots = [.. state.Slots.Values.Select(slot => slot.ToArray())];
        Layout[] layouts = [.. state.Slots.Values.Select(slot => slot.Layout)];
        var pins = slots.Select(slot => GCHandle.Alloc(slot, GCHandleType.Pinned)).ToList();
        var table = stackalloc SlotMemory<T>[slots.Length + 1];
        for (int i = 0; i < slots.Length; i++)
        {
            var values = (T*)pins[i].AddrOfPinnedObject();
            table[i] = new(values, values);
        }

        fixed (T* u = update, p = parameters)
        {
            var memory = new SweepMemory<T> { Update = u, Parameters = p, Result = u, Slots = table };
            var pass = new Pass<T>(state.Parameters.Layout, layouts, new Engine(1), memory, u) { IsPlain = true };
            pass.Run(plan.Items);
            pass.Flush();
        }

        pins.ForEach(pin => pin.Free());
        T[] after = plan.SetsParameters ? update : [.. parameters.Zip(update, (p, u) => p - u)];
        return Optimizer.Restore(
            state.Rule, state.StepCount + 1, TensorSet.OfValues<T>(state.Parameters.Layout, after),
            state.Slots.Keys.Zip(layouts.Zip(slots)).ToDictionary(slot => slot.First, slot => TensorSet.OfValues<T>(slot.Second.First, slot.Second.Second)),
            state.Scalars.Keys.Zip(plan.NewScalars).ToDictionary(scalar => scalar.First, scalar => scalar.Second));
    }

    /// <summary>Whether a state's next step sets the parameters, as averages and projections do, instead of subtracting an update.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="state">The state; not changed.</param>
    public static bool SetsParameters<T>(OptimizerState<T> state)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(state);

        // A rule, or a schedule of it, may ask for them.
        return Planned(state, new(Loss: 0, HessianDiagonal: state.Parameters)).SetsParameters;
    }

    private static Plan<T> Planned<T>(OptimizerState<T> state, StepInputs<T> inputs)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var plan = new Plan<T>(state.StepCount, state.Parameters, inputs, [.. state.Scalars.Values]);
        plan.PrepareState(state.Rule, state.SlotLayouts);
        return plan;
    }
}
