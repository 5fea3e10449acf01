using System.Runtime.InteropServices;

namespace Optim.LinearAlgebra;

/// <summary>Intel MKL's conditional numerical reproducibility: the mode in which its results do not depend on the alignment of arrays.</summary>
/// <remarks>
/// Without it MKL's order of summation depends on the alignment of each operand. <c>AUTO</c> is MKL's usual code for the processor without that: on an
/// AMD Zen 3 and in MKL's code for Intel's AVX2 no result of 20 functions depended on alignment, and none took longer. The modes that name an instruction set
/// are rejected on non-Intel processors, and <c>COMPATIBLE</c>, which is not, at least halves the speed. <c>STRICT</c> also makes products independent of how
/// many MKL threads share them; it has one here, and how a product is split over ours does not depend on their number (<see cref="MklProduct"/>).
/// </remarks>
/// <param name="Mode">The mode, by the names of MKL's environment variable <see cref="Variable"/>.</param>
/// <param name="Reason">Why it is not the mode that we requested first, as a sentence; null if nothing was rejected.</param>
internal sealed record MklReproducibility(string Mode, string? Reason)
{
    /// <summary>The environment variable with which MKL's users choose a mode.</summary>
    public const string Variable = "MKL_CBWR";

    // mkl_types.h
    private const int All = ~0, Off = 1, Auto = 2, Compatible = 3, Strict = 0x10000, InUse = -8;

    private static readonly string[] Names =
    [
        "OFF", "OFF", "AUTO", "COMPATIBLE", "SSE2", "SSE3", "SSSE3", "SSE4_1", "SSE4_2", "AVX", "AVX2", "AVX512_MIC", "AVX512", "AVX512_MIC_E1", "AVX512_E1",
    ];

    /// <summary>Sets the mode of a library. To be called before any computation: afterwards MKL rejects every change.</summary>
    /// <param name="handle">The library.</param>
    /// <exception cref="EntryPointNotFoundException">It predates these modes (MKL 11.0, 2012).</exception>
    public static unsafe MklReproducibility Choose(nint handle)
    {
        var get = (delegate* unmanaged<int, int>)NativeLibrary.GetExport(handle, "MKL_CBWR_Get");
        var set = (delegate* unmanaged<int, int>)NativeLibrary.GetExport(handle, "MKL_CBWR_Set");
        return Choose(() => get(All), mode => set(mode));
    }

    /// <summary>A mode already set by the variable or the application is kept; otherwise the fastest that the library accepts.</summary>
    /// <param name="current">The current mode.</param>
    /// <param name="set">Sets it; returns 0 or an error.</param>
    public static MklReproducibility Choose(Func<int> current, Func<int, int> set)
    {
        int mode = current();
        if ((mode & ~Strict) > Off)
        {
            return new(NameOf(mode), null);
        }

        int refusal = set(Auto);
        if (refusal == 0)
        {
            return new(NameOf(Auto), null);
        }

        string why = refusal == InUse ? "it has computed in this process before" : FormattableString.Invariant($"error {refusal}");
        return set(Compatible) == 0
            ? new(NameOf(Compatible), $"Intel MKL refused its reproducible mode {NameOf(Auto)} ({why}).")
            : new(NameOf(Off), $"Intel MKL refused its reproducible modes ({why}): its results may depend on where arrays lie.");
    }

    private static string NameOf(int mode)
    {
        int branch = mode & ~Strict;
        string name = branch >= 0 && branch < Names.Length ? Names[branch] : FormattableString.Invariant($"{branch}");
        return (mode & Strict) == 0 ? name : name + ",STRICT";
    }
}
