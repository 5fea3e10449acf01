using BenchmarkDotNet.Running;
using Optim.Benchmarks;

if (args is ["minimizing"])
{
    MinimizingReport.Print();
    return;
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
