using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text.Json;
using Optim.Cli;
using Optim.Cli.Info;
using Xunit;

namespace Optim.Properties.Cli;

/// <summary><c>optim info</c>.</summary>
public class InfoTests
{
    private static readonly MachineInfo Narrow = new(
        "0.1.0", ".NET", "an OS", "Arm64", "a processor", 3, [], 0, false, new(false, null, null, null, "There is no Intel MKL."));

    [Fact]
    [Trait("Category", "Mkl")]
    public void The_screen_tells_runtime_system_lane_and_MKL()
    {
        var (code, output, error) = Run();
        Assert.Equal((0, ""), (code, error));
        Assert.Contains(RuntimeInformation.FrameworkDescription, output, StringComparison.Ordinal);
        Assert.Contains(FormattableString.Invariant($"Processors   {Environment.ProcessorCount}"), output, StringComparison.Ordinal);
        Assert.Contains("Lane in use", output, StringComparison.Ordinal);
        Assert.Contains(Acceleration.Mkl is { IsAvailable: true } mkl ? $"{mkl.Version}, {mkl.Processor}" : "absent. ", output, StringComparison.Ordinal);
        Assert.Equal(Acceleration.Mkl.IsAvailable, output.Contains($"mode {Acceleration.Mkl.Reproducibility}: ", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Category", "Mkl")]
    public void The_document_has_the_same_facts()
    {
        var (code, output, error) = Run("--json");
        Assert.Equal((0, ""), (code, error));
        var root = JsonDocument.Parse(output).RootElement;
        Assert.Equal(RuntimeInformation.FrameworkDescription, root.GetProperty("runtime").GetString());
        Assert.Equal(Environment.ProcessorCount, root.GetProperty("processors").GetInt32());
        Assert.Equal(
            Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : Vector128.IsHardwareAccelerated ? 128 : 0,
            root.GetProperty("laneBits").GetInt32());
        Assert.Equal(Acceleration.Mkl.IsAvailable, root.GetProperty("mkl").GetProperty("isAvailable").GetBoolean());
        Assert.Equal(Acceleration.Mkl.Reason, root.GetProperty("mkl").GetProperty("reason").GetString());
        Assert.Equal(Acceleration.Mkl.Reproducibility, root.GetProperty("mkl").GetProperty("reproducibility").GetString());
    }

    [Fact]
    public void What_is_absent_is_said()
    {
        string text = Shown(Narrow);
        Assert.Contains("absent. There is no Intel MKL.", text, StringComparison.Ordinal);
        Assert.Contains("none: scalar code", text, StringComparison.Ordinal);
        Assert.Contains("in blocks", text, StringComparison.Ordinal);
        Assert.Contains("kept", text, StringComparison.Ordinal);
        Assert.Contains("flushed to zero", Shown(Narrow with { KeepsSubnormals = false }), StringComparison.Ordinal);
    }

    [Fact]
    public void The_mode_of_MKL_is_said_and_what_it_promises_or_why_not()
    {
        var mkl = new MklStatus(true, "/lib/mkl", "2020.0.4", "a kind", null) { Reproducibility = "AUTO" };
        Assert.Contains("mode AUTO: the same bits on this machine, wherever arrays lie", Shown(Narrow with { Mkl = mkl }), StringComparison.Ordinal);
        string refused = Shown(Narrow with { Mkl = mkl with { Reproducibility = "OFF", Reason = "It was refused." } });
        Assert.Contains("mode OFF: It was refused.", refused, StringComparison.Ordinal);
        Assert.DoesNotContain("the same bits", refused, StringComparison.Ordinal);
    }

    private static string Shown(MachineInfo info)
    {
        using StringWriter output = new();
        InfoScreen.Show(Terminal.For(output, folding: true), info);
        return output.ToString();
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        int code = Program.Run(["info", .. arguments], output, error);
        return (code, output.ToString(), error.ToString());
    }
}
