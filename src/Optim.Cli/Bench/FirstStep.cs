using System.Diagnostics;
using System.Globalization;
using Optim.Cli.Reports;

namespace Optim.Cli.Bench;

/// <summary>The first step of a new process, in which nothing is compiled yet.</summary>
internal static class FirstStep
{
    public const int Elements = 1_000_000;

    /// <summary>In a separate process: the milliseconds from before the first state to after the first step.</summary>
    public static double MeasureHere()
    {
        var parameters = TensorSet.Filled(Layout.OfVector(Elements), 0.5f);
        var gradient = TensorSet.Filled(Layout.OfVector(Elements), 0.25f);
        long start = Stopwatch.GetTimestamp();
        _ = Optimizer.Step(Optimizer.Init(Variant.Preset, parameters), gradient);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    /// <summary>Starts this program several times and takes the median.</summary>
    public static double MeasureInFreshProcesses(int processes) =>
        Quantile.Median([.. Enumerable.Range(0, processes).Select(_ => MeasureInFreshProcess())]);

    private static double MeasureInFreshProcess()
    {
        string program = Environment.ProcessPath ?? throw new InvalidOperationException("The path of this process must be known, was null.");
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
        {
            start.ArgumentList.Add(typeof(FirstStep).Assembly.Location);
        }

        start.ArgumentList.Add("bench");
        start.ArgumentList.Add(BenchCommand.FirstStepOption);
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"The process {program} did not start.");
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return double.TryParse(output, NumberStyles.Float, CultureInfo.InvariantCulture, out double milliseconds)
            ? milliseconds
            : throw new InvalidOperationException($"A new process must print the milliseconds of its first step, it printed: {output}");
    }
}
