using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Optim.TorchSharp;

/// <summary>A tensor's elements as memory. Where they lie may change between steps: a gradient is another tensor after each <c>zero_grad</c>.</summary>
internal sealed unsafe class TorchMemory<T>(int length) : MemoryManager<T>
    where T : unmanaged
{
    public T* Address { get; private set; }

    public void MoveTo(T* address) => Address = address;

    public override Span<T> GetSpan() => new(Address, length);

    public override MemoryHandle Pin(int elementIndex = 0) => new(Address + elementIndex);

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
    }

    /// <summary>The first element of a contiguous tensor in this process's memory.</summary>
    public static T* Of(torch.Tensor tensor)
    {
        // tensor.bytes refuses tensors of 2 GiB and more.
        if (tensor.NumberOfElements * sizeof(T) <= int.MaxValue)
        {
            return (T*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes));
        }

        using var flat = tensor.view(-1);
        using var head = flat.narrow(0, 0, 1);
        return (T*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(head.bytes));
    }

    public static Span<T> SpanOf(torch.Tensor tensor) => new(Of(tensor), checked((int)tensor.NumberOfElements));
}
