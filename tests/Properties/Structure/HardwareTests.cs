using System.Diagnostics;
using System.Runtime.Intrinsics;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Structure;

/// <summary>
/// Law 64, and with it law 8 across SIMD widths and law 5 without a compiler at run time: the same program in processes of their own, each told to use
/// less of the processor or to run in another way, prints the hashes that are on file, on every machine.
/// </summary>
public class HardwareTests(ITestOutputHelper output)
{
    private static readonly string File = Path.Combine(Repository.Root, "tests", "Fingerprint", "expected.txt");

    [Fact]
    public void The_bits_are_those_on_file()
    {
        var report = Run([]);
        output.WriteLine(report.Widths);
        Assert.Equal(
            $"# 512={Vector512.IsHardwareAccelerated} 256={Vector256.IsHardwareAccelerated} 128={Vector128.IsHardwareAccelerated} fused=True", report.Widths);
        if (Environment.GetEnvironmentVariable("OPTIM_UPDATE_FINGERPRINT") == "1")
        {
            System.IO.File.WriteAllText(File, string.Join('\n', Comments().Concat(report.Lines)) + "\n");
        }

        RequireExpected(report);
    }

    [WideFact(512)]
    public void Without_AVX_512_the_bits_are_those_on_file() => SameWith("512=False", ("EnableAVX512", "0"));

    [WideFact(256)]
    public void Without_AVX2_the_bits_are_those_on_file() => SameWith("256=False", ("EnableAVX2", "0"));

    [Fact]
    public void Without_any_SIMD_the_bits_are_those_on_file() => SameWith("128=False", ("EnableHWIntrinsic", "0"));

    [Fact]
    public void Without_tiered_compilation_the_bits_are_those_on_file() => SameWith("fused=True", ("TieredCompilation", "0"));

    [Fact]
    public void With_the_garbage_collector_of_servers_the_bits_are_those_on_file() => SameWith("fused=True", ("gcServer", "1"));

    [Fact]
    public void Without_fusion_the_bits_are_those_on_file()
    {
        var report = Run([], "--interpreted");
        Assert.EndsWith("fused=False", report.Widths, StringComparison.Ordinal);
        RequireExpected(report);
    }

    [Fact]
    public void Without_fusion_and_without_any_SIMD_the_bits_are_those_on_file()
    {
        var report = Run([("EnableHWIntrinsic", "0")], "--interpreted");
        Assert.Equal("# 512=False 256=False 128=False fused=False", report.Widths);
        RequireExpected(report);
    }

    [MklFact]
    public void With_Intel_MKL_under_MathNet_the_bits_are_those_on_file() => RequireExpected(Run([], "--mkl"));

    /// <summary>Every length, more steps, larger sets: between two processes, since those are not on file.</summary>
    [SoakFact]
    public void In_length_the_bits_are_the_same_with_and_without_any_SIMD() =>
        Assert.Equal(Run([], "--long").Lines, Run([("EnableHWIntrinsic", "0")], "--long").Lines);

    [Fact]
    public void The_file_says_something_of_every_rule_and_little_of_it_is_NaN()
    {
        var lines = Expected().Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToList();
        Assert.Empty(RuleRegistry.All.Select(entry => entry.Name).Except(lines.Select(words => words[0])));
        Assert.All(lines, words => Assert.Equal("0", words[5]));
        Assert.All(lines, words => Assert.Matches("^[0-9A-F]{16}$", words[2]));
    }

    private void SameWith(string said, params (string Name, string Value)[] settings)
    {
        var report = Run(settings);
        output.WriteLine(report.Widths);
        Assert.Contains(said, report.Widths, StringComparison.Ordinal);
        RequireExpected(report);
    }

    private static void RequireExpected(Report report)
    {
        string[] differing = [.. Expected().Except(report.Lines).Concat(report.Lines.Except(Expected())).Select(line => line.Split(' ')[0]).Distinct()];
        Assert.True(
            differing.Length == 0,
            $"""
            {report.Widths}: other bits than in tests/Fingerprint/expected.txt have {string.Join(", ", differing)}.
            Where a change of bits is meant, OPTIM_UPDATE_FINGERPRINT=1 dotnet test tests/Properties --filter HardwareTests writes the file anew; say in CHANGELOG.md what has
            other bits now, and run build/arm64.sh.
            """);
    }

    private static IEnumerable<string> Comments() => System.IO.File.ReadLines(File).TakeWhile(IsComment);

    private static IReadOnlyList<string> Expected() => [.. System.IO.File.ReadLines(File).Where(line => !IsComment(line))];

    private static bool IsComment(string line) => line.StartsWith('#');

    private static Report Run((string Name, string Value)[] settings, params string[] arguments)
    {
        var start = new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [Path.Combine(AppContext.BaseDirectory, "Optim.Fingerprint.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in settings)
        {
            start.Environment["DOTNET_" + name] = value;
        }

        using var process = Process.Start(start)!;
        string[] lines = process.StandardOutput.ReadToEnd().Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, string.Join('\n', lines.Where(line => line.Contains(" failed: ", StringComparison.Ordinal))));
        return new(lines[0], lines[1..]);
    }

    private sealed record Report(string Widths, string[] Lines);
}
