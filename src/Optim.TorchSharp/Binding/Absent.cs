using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Optim.TorchSharp;

/// <summary>What stands in for gradients that are not there: one array of zeros, which is only read.</summary>
internal sealed unsafe class Absent<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    // Arrays that were too short may still be pointed at; each is twice as long as the one before.
    private readonly List<T[]> arrays = [];

    public T* Zeros(int length)
    {
        if (arrays.Count == 0 || arrays[^1].Length < length)
        {
            arrays.Add(GC.AllocateArray<T>(Math.Max(Math.Max(length, 16), arrays.Count == 0 ? 0 : (int)Math.Min(2L * arrays[^1].Length, Array.MaxLength)), pinned: true));
        }

        return (T*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(arrays[^1]));
    }
}
