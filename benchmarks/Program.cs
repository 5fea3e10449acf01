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
        return DistributedReport.Run(double.Parse(gigabits, System.Globalization.CultureInfo.InvariantCulture));
    default:
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
        return 0;
}
