using System.Diagnostics;
using System.Runtime.Intrinsics;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Structure;

/// <summary>
/// Law 8 across SIMD widths, and law 5 without a compiler at run time: the same program in processes of their own, each told to use less of
/// the processor, prints the same hashes.
/// </summary>
public class HardwareTests(ITestOutputHelper output)
{
    private static readonly Lazy<Report> AsIs = new(() => Run([]));

    [Fact]
    public void This_process_and_its_child_see_the_same_processor() => Assert.Equal(
        $"512={Vector512.IsHardwareAccelerated} 256={Vector256.IsHardwareAccelerated} 128={Vector128.IsHardwareAccelerated} fused=True", AsIs.Value.Widths);

    [Fact]
    public void Without_AVX_512_the_bits_are_the_same() => SameWithout("512", "EnableAVX512");

    [Fact]
    public void Without_AVX2_the_bits_are_the_same() => SameWithout("256", "EnableAVX2");

    [Fact]
    public void Without_any_SIMD_the_bits_are_the_same() => SameWithout("128", "EnableHWIntrinsic");

    [Fact]
    public void Without_fusion_the_bits_are_the_same()
    {
        var report = Run([], "interpreted");
        Assert.EndsWith("fused=False", report.Widths, StringComparison.Ordinal);
        Assert.Equal(AsIs.Value.Hashes, report.Hashes);
    }

    [Fact]
    public void Without_fusion_and_without_any_SIMD_the_bits_are_the_same()
    {
        var report = Run(["EnableHWIntrinsic"], "interpreted");
        Assert.Equal("512=False 256=False 128=False fused=False", report.Widths);
        Assert.Equal(AsIs.Value.Hashes, report.Hashes);
    }

    [Fact]
    public void The_number_of_threads_does_not_show_in_the_hashes() =>
        Assert.All(AsIs.Value.Hashes.Chunk(3), one => Assert.Single(one.Select(line => line[line.IndexOf("float", StringComparison.Ordinal)..]).Distinct()));

    private void SameWithout(string width, string setting)
    {
        var report = Run([setting]);
        output.WriteLine(report.Widths);
        Assert.Contains(width + "=False", report.Widths, StringComparison.Ordinal);
        Assert.Equal(AsIs.Value.Hashes, report.Hashes);
    }

    private static Report Run(string[] switchedOff, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet") { RedirectStandardOutput = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Optim.Fingerprint.dll"));
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (string setting in switchedOff)
        {
            start.Environment["DOTNET_" + setting] = "0";
        }

        using var process = Process.Start(start)!;
        string[] lines = process.StandardOutput.ReadToEnd().Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        Assert.True(lines.Length > RuleRegistry.All.Count * 3, "too few lines");
        return new(lines[0], lines[1..]);
    }

    private sealed record Report(string Widths, string[] Hashes);
}
