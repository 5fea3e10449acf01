using BenchmarkDotNet.Attributes;
using Optim.CSharp;

namespace Optim.Benchmarks;

/// <summary>A step of the C# facade on arrays of the application, beside the core's in place, on a flat set. Its allocations are to be 0 bytes.</summary>
[MemoryDiagnoser]
public class InPlaceBenchmarks
{
    private InPlaceOptimizer<float> facade = null!;
    private OptimizerState<float> state = null!;
    private TensorSet<float> gradient = null!;

    [Params("sgd", "adam", "adamw", "lion")]
    public string Rule { get; set; } = "";

    [Params(1_000_000)]
    public int Elements { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        var random = new Random(1);
        float[] values = [.. Enumerable.Range(0, Elements).Select(_ => random.NextSingle())];
        var rule = RuleRegistry.Find(Rule)!.Create();
        gradient = TensorSet.OfArray(values);
        state = Optimizer.Init(rule, gradient);
        facade = InPlaceOptimizer.Create(rule, Parameter.Over("weights", [.. values], values));
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        facade.Dispose();
        state.Dispose();
    }

    [Benchmark(Description = "core, donated", Baseline = true)]
    public void Core() => state = Optimizer.Step(state.Donate(), gradient).Item1;

    [Benchmark(Description = "facade")]
    public void Facade() => facade.Step();
}
