using System.Globalization;
using BenchmarkDotNet.Running;
using Optim.Benchmarks;

switch (args)
{
    case ["minimizing"]:
        MinimizingReport.Print();
        return 0;
    case ["distributed"]:
        return DistributedReport.Run(gigabits: null);
    case ["distributed", var gigabits]:
        return DistributedReport.Run(double.Parse(gigabits, CultureInfo.InvariantCulture));
    case ["slots"]:
        return SlotFormatReport.Run(20_000_000);
    case ["slots", var elements]:
        return SlotFormatReport.Run(int.Parse(elements, CultureInfo.InvariantCulture));
    default:
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
        return 0;
}
