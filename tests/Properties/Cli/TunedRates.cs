using System.Diagnostics;
using System.Reflection;
using MathNet.Numerics;
using MathNet.Numerics.Providers.LinearAlgebra;
using Optim.Cli.Compare;
using Optim.Cli.Train;

namespace Optim.Properties.Cli;

/// <summary>What finding rates sets for MathNet, whose provider and threads are the whole process's: in a process of its own.</summary>
internal static class TunedRates
{
    /// <summary>What makes this assembly, run as a program, the child process.</summary>
    public const string Argument = "--tuned-rates";

    /// <summary>What the child process says; empty where nothing is wrong.</summary>
    public static string Report()
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", ["exec", typeof(TunedRates).Assembly.Location, Argument])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd() + error.Result;
        process.WaitForExit();
        return process.ExitCode == 0 ? output : FormattableString.Invariant($"{output}\nexit code {process.ExitCode}");
    }

    /// <summary>The child process. What the tuning does not set stays as it was.</summary>
    public static int Run()
    {
        AppContext.SetSwitch(TrainData.KeepProvider, false);
        string table = Path.Combine(AppContext.BaseDirectory, "tables", "wine.csv");
        (Control.MaxDegreeOfParallelism, LinearAlgebraControl.Provider) = (2, DispatchProxy.Create<ILinearAlgebraProvider, Delegating>());
        RateTuning.Run(new([Contestant.Find("adam")!], 1, 32, 1, 1) { Task = ComparisonTask.Of(table, new("cultivar"), "linear", 1), Tune = 1 }, CancellationToken.None);
        if (Control.MaxDegreeOfParallelism != 1 || LinearAlgebraControl.Provider is Delegating)
        {
            Console.WriteLine(FormattableString.Invariant($"{Control.MaxDegreeOfParallelism} threads within a product, by {LinearAlgebraControl.Provider.GetType().Name}"));
        }

        return 0;
    }

    /// <summary>MathNet's own arithmetic, by another name.</summary>
    public class Delegating : DispatchProxy
    {
        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.Invoke(ManagedLinearAlgebraProvider.Instance, args);
    }
}
