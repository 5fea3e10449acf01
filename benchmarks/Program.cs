using BenchmarkDotNet.Running;
using Optim.Benchmarks;

switch (args)
{
    case ["minimizing"]:
        MinimizingReport.Print();
        return 0;
    case ["distributed"]:
        return DistributedReport.Run();
    default:
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
        return 0;
}
