using System.Runtime.CompilerServices;

namespace Optim;

/// <summary>Whether threads compute with subnormal numbers, as IEEE 754 demands and the determinism of steps presumes.</summary>
/// <remarks>
/// A native library built with fast-math may switch the processor to flush-to-zero when it is loaded: for the thread that loads it, and for threads begun by that one. Subnormal numbers (below 1.2e-38 in
/// float, 2.2e-308 in double) are zeros there, and a step's bits depend on the threads that take part. Load such libraries on a thread of their own, or not at all.
/// </remarks>
public static class SubnormalNumbers
{
    /// <summary>Whether the calling thread computes with them.</summary>
    public static bool AreKept => Product(float.Epsilon, 1f) != 0 && Product(double.Epsilon, 1d) != 0 && Product(1e-38f, 0.1f) != 0;

    // Not inlined, so that the compiler computes nothing itself.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float Product(float x, float y) => x * y;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double Product(double x, double y) => x * y;
}
