using System.Runtime.InteropServices;

namespace Optim.Cli.Bench;

/// <summary>
/// Memory for the hand-written loops, filled and so touched. It begins on a page, as the library's own does: any other common start may
/// make loads wait for stores 4096 bytes away, and the comparison would be unfair in one direction or the other.
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
