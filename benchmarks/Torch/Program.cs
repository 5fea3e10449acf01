// A step of an optimizer in one process, all in turns: TorchOptimizer on a module's parameters, the core, libtorch's fused and foreach kernels as PyTorch calls them, TorchSharp's optimizers.
//   dotnet run -c Release --project benchmarks/Torch -- [--rounds 15] [--seconds 200] [--only "AdamW n = 1e7"]
// First the results are compared, after five steps from the same values. Run it on a quiet machine.
using System.Diagnostics;
using System.Globalization;
using Optim;
using Optim.NativeTorch;
using TorchRace;
using TorchSharp;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (Natives.WhyNot is { } reason)
{
    Console.WriteLine($"Skipped: {reason}");
    return 0;
}

int rounds = int.Parse(Option("--rounds") ?? "15", CultureInfo.InvariantCulture);
double seconds = double.Parse(Option("--seconds") ?? "200", CultureInfo.InvariantCulture);
string? only = Option("--only");
Console.WriteLine($"TorchSharp {typeof(torch).Assembly.GetName().Version}, libtorch {torch.__version__}, .NET {Environment.Version}, {Environment.ProcessorCount} processors: {Processor()}");

var races = Races.All.Where(race => only is null || $"{race.Rule} {race.Problem}".Contains(only, StringComparison.OrdinalIgnoreCase)).ToList();
double worst = Races.LargestDifference();
Console.WriteLine($"After 5 steps from the same values and gradients, float32 differs from the core's float64 by at most {worst:0.0e+0}.");
if (!(worst < 1e-5))
{
    Console.Error.WriteLine("That is more than rounding: they do not compute the same.");
    return 1;
}

List<string> ratios = [];
foreach (var race in races)
{
    using var scope = torch.NewDisposeScope();
    var contenders = race.Contenders(new Problem(race.Shapes, seed: 1));
    Console.WriteLine($"\n{race.Rule}, {race.Problem} ({race.Shapes.Sum(shape => (long)shape.Aggregate(1, (a, b) => a * b)):N0} elements in {race.Shapes.Count}): median of a step, least");
    foreach (int threads in new[] { 1, 2 })
    {
        var times = Stopwatches.Measure(contenders, threads, rounds, seconds / races.Count / 2);
        foreach (var (contender, time) in contenders.Zip(times))
        {
            Console.WriteLine($"  {threads} thread{(threads == 1 ? " " : "s")} {contender.Name,-40} {Text(time.Median),12} {Text(time.Least),12}");
        }

        double ours = times[contenders.FindIndex(contender => contender.Name == Races.Ours)].Median;
        string Ratio(string name) => contenders.FindIndex(contender => contender.Name.StartsWith(name, StringComparison.Ordinal)) is var i and >= 0 ? (ours / times[i].Median).ToString("0.00", CultureInfo.InvariantCulture) : "-";
        ratios.Add($"| {race.Rule} | {race.Problem} | {threads} | {Ratio("libtorch fused")} | {Ratio("libtorch foreach")} | {Ratio("TorchSharp")} |");
    }
}

Console.WriteLine("\nThe median of a TorchOptimizer's step over the other's; below 1 it is faster.\n\n| rule | problem | threads | fused | foreach | TorchSharp |\n|---|---|---|---|---|---|");
ratios.ForEach(Console.WriteLine);
return 0;

string? Option(string name) => Array.IndexOf(args, name) is var i and >= 0 && i + 1 < args.Length ? args[i + 1] : null;

static string Text(double nanoseconds) => nanoseconds < 1e6 ? $"{nanoseconds / 1e3:0.00} us" : $"{nanoseconds / 1e6:0.00} ms";

static string Processor() => File.Exists("/proc/cpuinfo")
    ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "unnamed"
    : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "unnamed";
