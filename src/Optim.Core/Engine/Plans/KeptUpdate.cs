using System.Numerics;
using Optim.Tensors;

namespace Optim.Execution;

/// <summary>A copy of the update as it was somewhere in a step, for work further on in it. Large ones are in the pool's memory, which goes back when the work is done with it.</summary>
internal sealed class KeptUpdate<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private Storage<T>? storage;
    private int length;

    /// <summary>What was kept.</summary>
    public ReadOnlySpan<T> Span => storage is null ? [] : new(storage.Array, storage.Origin, length);

    /// <summary>Copies it, tensor by tensor: an application's own arrays are not gathered first.</summary>
    public void Take(TensorStepContext<T> context)
    {
        length = context.Layout.Length;
        storage = Storage<T>.Allocate(length);
        var copy = new Span<T>(storage.Array, storage.Origin, length);
        for (int i = 0; i < context.Layout.Count; i++)
        {
            context.UpdateOf(i).CopyTo(copy[context.Layout.OffsetOf(i)..]);
        }
    }

    /// <summary>Gives its memory back. What <see cref="Span"/> has returned must not be in use.</summary>
    public void Release()
    {
        storage?.Release();
        storage = null;
    }
}
