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
        T** table = stackalloc T*[slots.Length + 1];
        for (int i = 0; i < slots.Length; i++)
        {
            table[i] = (T*)pins[i].AddrOfPinnedObject();
        }

        fixed (T* u = update, p = parameters)
        {
            var streams = new Streams<T> { Update = u, Parameters = p, Result = u, Slots = table, NewSlots = table };
            var pass = new Pass<T>(state.Parameters.Layout, slot => layouts[slot], new Engine(1), streaming: false, u, plainSweeps: true);
            Run(plan.Items, pass, ref streams, update.Length);
        }

        pins.ForEach(pin => pin.Free());
        return (plan.PlacesParameters ? update : [.. parameters.Zip(update, (p, u) => p - u)], slots);
    }

    private static void Run<T>(IReadOnlyList<object> items, Pass<T> pass, ref Streams<T> streams, int length)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        foreach (object item in items)
        {
            List<Stage<T>> stages = [];
            switch (item)
            {
                case Stage<T> stage: stages.Add(stage); break;
                case Choice<T> choice: Run(choice.Decide(pass, streams), pass, ref streams, length); break;
                default: ((WholeWork<T>)item).Run(pass, ref streams, stages); break;
            }

            foreach (var stage in stages)
            {
                Sweep(stage, streams, length);
                pass.Changed();
            }
        }
    }

    private static void Sweep<T>(Stage<T> stage, in Streams<T> streams, int length)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < length; i++)
        {
            stage.Run(streams, i, i + 1, Ending.Update);
        }
    }
}
