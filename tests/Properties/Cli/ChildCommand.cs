using System.Diagnostics;
using System.Globalization;
using Optim.Cli;

namespace Optim.Properties.Cli;

/// <summary>The command as a process of its own, which signals can be sent to.</summary>
internal sealed class ChildCommand : IDisposable
{
    private readonly Process process;
    private readonly Task<string> output, error;

    /// <param name="arguments">What is typed after <c>optim</c>.</param>
    /// <param name="environment">Variables that this process does not have.</param>
    public ChildCommand(IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        string[] command = [typeof(Program).Assembly.Location, .. arguments];
        var start = IgnoresInterrupts() ? new ProcessStartInfo("env", ["--default-signal=INT", host, .. command]) : new(host, command);
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        process = Process.Start(start)!;
        (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
    }

    public int ExitCode
    {
        get
        {
            process.WaitForExit();
            return process.ExitCode;
        }
    }

    public string Output => output.GetAwaiter().GetResult();

    public string Error => error.GetAwaiter().GetResult();

    /// <summary>Presses Ctrl-C after a while.</summary>
    public void InterruptAfter(TimeSpan delay)
    {
        Thread.Sleep(delay);
        Interrupt();
    }

    /// <summary>Presses Ctrl-C as soon as something is so.</summary>
    public void InterruptWhen(Func<bool> condition)
    {
        while (!condition() && !process.HasExited)
        {
            Thread.Sleep(1);
        }

        Interrupt();
    }

    /// <summary>A shell without job control starts what it puts into the background so that Ctrl-C does not reach it, nor what that starts.</summary>
    private static bool IgnoresInterrupts()
    {
        const int Interrupts = 1 << (2 - 1);
        const string Ignored = "SigIgn:";
        return OperatingSystem.IsLinux() && File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith(Ignored, StringComparison.Ordinal)) is { } line
            && (ulong.Parse(line[Ignored.Length..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & Interrupts) != 0;
    }

    private void Interrupt()
    {
        using var kill = Process.Start("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)])!;
        kill.WaitForExit();
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
        }

        process.Dispose();
    }
}
