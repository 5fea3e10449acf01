using System.Numerics;
using Optim.Threading;

namespace Optim.Execution;

/// <summary>
/// A sweep over tensors that lie wherever their owner has them, the slots flat. Positions are those of the flat set: each tensor's pointers are
/// moved back by its offset, so that stages need not know. Memory is pinned while it is swept, tensor by tensor.
/// </summary>
/// <param name="layout">The tensors' layout.</param>
/// <param name="tensors">Where they lie.</param>
/// <param name="stages">The stages, in a row.</param>
/// <param name="target">What is flat; where an address is null, the tensors' own memory takes its place.</param>
/// <param name="first">The first element's flat position.</param>
/// <param name="last">Where the range ends.</param>
/// <param name="leftOut">Tensors that are passed over; null for none.</param>
internal readonly unsafe struct SeparateTensors<T>(
    Layout layout, SeparateMemory<T> tensors, List<Stage<T>> stages, SweepMemory<T> target, int first, int last, IReadOnlyList<bool>? leftOut = null) : IChunked, IRangeSweep<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly SweepMemory<T> target = target;

    public void Run(int chunk)
    {
        nint start = first + ((nint)chunk * Executor.ChunkLength);
        CodedSweep.Run(this, stages, target, layout, start, Math.Min(start + Executor.ChunkLength, last));
    }

    public void Run(in SweepMemory<T> flat, nint start, nint end)
    {
        for (int tensor = layout.TensorAt((int)start); start < end; tensor++)
        {
            nint offset = layout.OffsetOf(tensor), until = Math.Min(offset + layout[tensor].Length, end);
            if (until <= start)
            {
                continue;
            }

            if (leftOut is not null && leftOut[tensor])
            {
                start = until;
                continue;
            }

            bool hasUpdate = target.Update != null, hasParameters = target.Parameters != null, hasResult = target.Result != null || target.Destination == Destination.None;
            fixed (T* g = hasUpdate ? default : tensors.Gradients[tensor].Span, p = hasParameters ? default : tensors.Parameters[tensor].Span, r = hasResult ? default : tensors.Targets[tensor].Span)
            {
                var memory = flat;
                memory.Update = hasUpdate ? memory.Update : g - offset;
                memory.Parameters = hasParameters ? memory.Parameters : p - offset;
                memory.Result = hasResult ? memory.Result : r - offset;
                Executor.SweepHere(stages, memory, start, until);
            }

            start = until;
        }
    }
}
