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
    public void The_screen_tells_runtime_system_lane_and_MKL()
    {
        var (code, output, error) = Run();
        Assert.Equal((0, ""), (code, error));
        Assert.Contains(RuntimeInformation.FrameworkDescription, output, StringComparison.Ordinal);
        Assert.Contains(FormattableString.Invariant($"Processors   {Environment.ProcessorCount}"), output, StringComparison.Ordinal);
        Assert.Contains("Lane in use", output, StringComparison.Ordinal);
        Assert.Contains(Acceleration.Mkl.IsAvailable ? Acceleration.Mkl.Version! : "absent. ", output, StringComparison.Ordinal);
    }

    [Fact]
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
    }

    [Fact]
    public void What_is_absent_is_said()
    {
        using StringWriter output = new();
        InfoScreen.Show(Terminal.For(output, folding: true), Narrow);
        string text = output.ToString();
        Assert.Contains("absent. There is no Intel MKL.", text, StringComparison.Ordinal);
        Assert.Contains("none: one number after another", text, StringComparison.Ordinal);
        Assert.Contains("block by block", text, StringComparison.Ordinal);
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        int code = Program.Run(["info", .. arguments], output, error);
        return (code, output.ToString(), error.ToString());
    }
}
