using System.Runtime.InteropServices;

namespace Optim.Cli.Bench;

/// <summary>
/// Memory for the hand-written loops, filled so that its pages are mapped. Page-aligned, like the library's own: any other alignment may
/// cause 4K aliasing and make the comparison unfair in either direction.
/// </summary>
internal sealed unsafe class NativeBuffer : IDisposable
{
    private float* pointer;

    public NativeBuffer(int length, int seed)
    {
        pointer = (float*)NativeMemory.AlignedAlloc((nuint)length * sizeof(float), 4096);
        var random = new Random(seed);
        for (int i = 0; i < length; i++)
        {
            pointer[i] = random.NextSingle();
        }
    }

    ~NativeBuffer() => NativeMemory.AlignedFree(pointer);

    public float* Pointer => pointer;

    public void Dispose()
    {
        NativeMemory.AlignedFree(pointer);
        pointer = null;
        GC.SuppressFinalize(this);
    }
}
