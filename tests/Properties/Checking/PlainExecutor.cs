using System.Numerics;
using Optim.Execution;

namespace Optim.Properties.Checking;

/// <summary>
/// A step as the documentation reads, to hold the executor against: formula after formula over the whole set, one element at a time, so
/// that nothing is fused, blocked, chunked or wider than a scalar.
/// </summary>
internal static unsafe class PlainExecutor
{
    public static (T[] Parameters, T[][] Slots) Step<T>(OptimizerState<T> state, TensorSet<T> gradient)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var plan = new Plan<T>(state.StepCount, null, null, state.Parameters, null, []);
        state.Rule.Prepare(plan);
        T[] parameters = state.Parameters.ToArray(), update = gradient.ToArray(), result = new T[parameters.Length];
        T[][] slots = [.. state.Slots.Values.Select(slot => slot.ToArray())];
        foreach (object item in plan.Items)
        {
            var stage = item is Barrier<T> barrier ? barrier.Resolve(Norm(state.Parameters.Layout, update, barrier.NormType)) : (Stage<T>)item;
            if (stage is not null)
            {
                Sweep(stage, update, parameters, update, slots, Ending.Update);
            }
        }

        Sweep(new Stage<T, PassThrough<T>>(default, 0), update, parameters, result, slots, Ending.Parameters);
        return (result, slots);
    }

    private static double Norm<T>(Layout layout, T[] update, double normType)
        where T : unmanaged
    {
        fixed (T* u = update)
        {
            return GlobalNorm.Of(u, layout, normType, threads: 1);
        }
    }

    private static void Sweep<T>(Stage<T> stage, T[] update, T[] parameters, T[] result, T[][] slots, Ending ending)
        where T : unmanaged
    {
        var pins = slots.Select(slot => System.Runtime.InteropServices.GCHandle.Alloc(slot, System.Runtime.InteropServices.GCHandleType.Pinned)).ToList();
        T** table = stackalloc T*[slots.Length + 1];
        for (int i = 0; i < slots.Length; i++)
        {
            table[i] = (T*)pins[i].AddrOfPinnedObject();
        }

        fixed (T* u = update, p = parameters, r = result)
        {
            var streams = new Streams<T> { Update = u, Parameters = p, Result = r, Slots = table, NewSlots = table };
            for (int i = 0; i < update.Length; i++)
            {
                stage.Run(streams, i, i + 1, ending);
            }
        }

        pins.ForEach(pin => pin.Free());
    }
}
