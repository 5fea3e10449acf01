using System.Numerics;
using Optim.LinearAlgebra;
using Optim.Threading;

namespace Optim.Execution;

/// <summary>
/// A sweep over tensors that lie wherever their owner has them, the slots flat. Positions are those of the flat set: each tensor's pointers are
/// moved back by its offset, so that stages need not know. Memory is pinned while it is swept, tensor by tensor.
/// </summary>
internal readonly unsafe struct SeparateTensors<T>(
    Layout layout, Memory<T>[] parameters, ReadOnlyMemory<T>[] gradients, List<Stage<T>> stages, SlotMemory<T>* slots, MklVectors<T>? vectors, Destination destination,
    IReadOnlyList<bool>? leftOut = null) : IChunked
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly SlotMemory<T>* slots = slots;

    public void Run(int chunk)
    {
        nint start = (nint)chunk * Executor.ChunkLength, end = Math.Min(start + Executor.ChunkLength, layout.Length);
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

            fixed (T* p = parameters[tensor].Span, g = gradients[tensor].Span)
            {
                var memory = new SweepMemory<T>
                {
                    Update = g - offset, Parameters = p - offset, Result = p - offset, Slots = slots, Vectors = vectors, Destination = destination,
                };
                Executor.SweepHere(stages, memory, start, until);
            }

            start = until;
        }
    }
}
