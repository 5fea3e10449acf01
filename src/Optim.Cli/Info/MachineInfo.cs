using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace Optim.Cli.Info;

/// <summary>This machine's capabilities, and which are used.</summary>
/// <param name="Version">The program's version.</param>
/// <param name="Runtime">The .NET runtime.</param>
/// <param name="System">The operating system.</param>
/// <param name="Architecture">The process architecture.</param>
/// <param name="Processor">The vendor's name for it.</param>
/// <param name="Processors">The number available to this process.</param>
/// <param name="Features">The processor features that .NET uses.</param>
/// <param name="LaneBits">The widest lane used by rules; 0 for scalar code.</param>
/// <param name="Fused">Whether formulas are fused at run time.</param>
/// <param name="Mkl">Intel MKL, or the reason for its absence.</param>
internal sealed record MachineInfo(
    string Version, string Runtime, string System, string Architecture, string Processor, int Processors, IReadOnlyList<string> Features, int LaneBits, bool Fused, MklStatus Mkl)
{
    /// <summary>Whether the threads of this process compute with subnormal numbers; see <see cref="Optim.SubnormalNumbers"/>.</summary>
    public bool KeepsSubnormals { get; init; } = true;

    public static MachineInfo Here() => new(
        typeof(MachineInfo).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown",
        RuntimeInformation.FrameworkDescription,
        RuntimeInformation.OSDescription,
        RuntimeInformation.ProcessArchitecture.ToString(),
        ProcessorName(),
        Environment.ProcessorCount,
        [.. Known().Where(feature => feature.IsSupported).Select(feature => feature.Name)],
        Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : Vector128.IsHardwareAccelerated ? 128 : 0,
        RuntimeFeature.IsDynamicCodeSupported,
        Acceleration.Mkl)
    {
        KeepsSubnormals = SubnormalNumbers.AreKept && OnNewThread(static () => SubnormalNumbers.AreKept),
    };

    /// <summary>On a thread begun by this one: it begins with this one's modes.</summary>
    private static bool OnNewThread(Func<bool> ask)
    {
        bool answer = false;
        var thread = new Thread(() => answer = ask());
        thread.Start();
        thread.Join();
        return answer;
    }

    /// <summary>The brand string of an x86 processor; others have none.</summary>
    public static string ProcessorName()
    {
        const int brand = unchecked((int)0x80000002), parts = 3;
        if (!X86Base.IsSupported || (uint)X86Base.CpuId(int.MinValue, 0).Eax < 0x80000002 + parts - 1)
        {
            return "unknown";
        }

        Span<int> words = stackalloc int[parts * 4];
        for (int part = 0; part < parts; part++)
        {
            (words[part * 4], words[(part * 4) + 1], words[(part * 4) + 2], words[(part * 4) + 3]) = X86Base.CpuId(brand + part, 0);
        }

        return string.Join(' ', Encoding.ASCII.GetString(MemoryMarshal.AsBytes(words)).TrimEnd('\0').Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    private static IEnumerable<(string Name, bool IsSupported)> Known() =>
    [
        ("SSE4.2", Sse42.IsSupported),
        ("AVX", Avx.IsSupported),
        ("AVX2", Avx2.IsSupported),
        ("FMA", Fma.IsSupported),
        ("AVX-512F", Avx512F.IsSupported),
        ("AVX-512DQ", Avx512DQ.IsSupported),
        ("AVX-512BW", Avx512BW.IsSupported),
        ("AdvSimd", AdvSimd.IsSupported),
    ];
}
