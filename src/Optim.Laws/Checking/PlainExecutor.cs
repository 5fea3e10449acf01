using System.Numerics;
using System.Runtime.InteropServices;
using Optim.Execution;
using Optim.LinearAlgebra;

namespace Optim.Laws;

/// <summary>
/// A step as the documentation reads, to hold the executor against: formula after formula over the whole set, one element at a time, so
/// that nothing is fused, blocked, chunked or wider than a scalar.
/// </summary>
internal static unsafe class PlainExecutor
{
    public static (T[] Parameters, T[][] Slots) Step<T>(OptimizerState<T> state, TensorSet<T> gradient, StepInputs<T> inputs = default)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var plan = new Plan<T>(state.StepCount, state.Parameters, inputs, [.. state.Scalars.Values]);
        plan.Prepare(state.Rule);
        T[] parameters = state.Parameters.ToArray(), update = gradient.ToArray();
        T[][] slots = [.. state.Slots.Values.Select(slot => slot.ToArray())];
        Layout[] layouts = [.. state.Slots.Values.Select(slot => slot.Layout)];
        var pins = slots.Select(slot => GCHandle.Alloc(slot, GCHandleType.Pinned)).ToList();
        var table = stackalloc SlotMemory<T>[slots.Length + 1];
        for (int i = 0; i < slots.Length; i++)
        {
            var address = (T*)pins[i].AddrOfPinnedObject();
            table[i] = new(address, address);
        }

        fixed (T* u = update, p = parameters)
        {
            var memory = new SweepMemory<T> { Update = u, Parameters = p, Result = u, Slots = table };
            var pass = new Pass<T>(state.Parameters.Layout, layouts, new Engine(1), memory, u) { IsPlain = true };
            pass.Run(plan.Items);
            pass.Flush();
        }

        pins.ForEach(pin => pin.Free());
        return (plan.SetsParameters ? update : [.. parameters.Zip(update, (p, u) => p - u)], slots);
    }
}
