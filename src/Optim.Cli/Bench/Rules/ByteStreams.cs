using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Optim.Cli.Bench.Rules;

/// <summary>
/// The bytes' own limit: a loop that reads one stream and updates others in place, as a step does with the gradient and with parameters and slots, and computes next to nothing:
/// <c>y_k += a x</c> for each of them. One updated stream is the in-place axpy.
/// </summary>
internal sealed unsafe class ByteStreams : IDisposable
{
    // Streams that agree in the low bits of their addresses would evict each other from AMD's first cache.
    private const int Apart = 64 * 1024;

    private readonly int length, most;
    private readonly nint stride;
    private byte* memory;

    /// <param name="length">The elements of each stream.</param>
    /// <param name="most">The most streams that are updated.</param>
    public ByteStreams(int length, int most)
    {
        (this.length, this.most) = (length, most);
        stride = (((((nint)length * sizeof(float)) + Apart - 1) / Apart) + 1) * Apart;
        nuint bytes = (nuint)(stride * (most + 1));
        memory = (byte*)NativeMemory.AlignedAlloc(bytes, 4096);
        NativeMemory.Clear(memory, bytes);
    }

    ~ByteStreams() => NativeMemory.AlignedFree(memory);

    /// <summary>Updates so many streams, each once.</summary>
    public void Pass(int updated, int threads)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(updated, most);
        if (threads == 1)
        {
            Pass(updated, 0, length);
            return;
        }

        const int Chunk = 32 * 1024;
        Parallel.For(0, (length + Chunk - 1) / Chunk, new ParallelOptions { MaxDegreeOfParallelism = threads }, chunk => Pass(updated, chunk * Chunk, Math.Min(length, (chunk + 1) * Chunk)));
    }

    /// <summary>The elements of a stream: 0 is the one that is read.</summary>
    public Span<float> Stream(int index) => new(At(index), length);

    public void Dispose()
    {
        NativeMemory.AlignedFree(memory);
        memory = null;
        GC.SuppressFinalize(this);
    }

    private float* At(int stream) => (float*)(memory + (stride * stream));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Pass(int updated, int start, int end)
    {
        const float A = 1e-3f;
        var a = Vector256.Create(A);
        float* x = At(0);
        int i = start;
        for (; i + 32 <= end; i += 32)
        {
            var g0 = a * Vector256.Load(x + i);
            var g1 = a * Vector256.Load(x + i + 8);
            var g2 = a * Vector256.Load(x + i + 16);
            var g3 = a * Vector256.Load(x + i + 24);
            for (int k = 1; k <= updated; k++)
            {
                float* y = At(k) + i;
                (Vector256.Load(y) + g0).Store(y);
                (Vector256.Load(y + 8) + g1).Store(y + 8);
                (Vector256.Load(y + 16) + g2).Store(y + 16);
                (Vector256.Load(y + 24) + g3).Store(y + 24);
            }
        }

        for (; i < end; i++)
        {
            for (int k = 1; k <= updated; k++)
            {
                At(k)[i] += A * x[i];
            }
        }
    }
}
