using BenchmarkDotNet.Attributes;
using Optim.Cli.Bench;

namespace Optim.Benchmarks;

/// <summary>
/// AdamW steps on float32 elements beside the loops written by hand: the same code as <c>optim bench</c>, which measures all of them in
/// turns and judges; here each alone, with BenchmarkDotNet's statistics.
/// </summary>
[MemoryDiagnoser]
public class StepBenchmarks
{
    private Variant? variant;

    [Params(1_000, 16_000, 100_000, 1_000_000, 10_000_000, 30_000_000)]
    public int Elements { get; set; }

    [Params(1, 2)]
    public int Threads { get; set; }

    [GlobalSetup(Target = nameof(Axpy))]
    public void SetUpAxpy() => variant = Variant.OfAxpy(Elements);

    [GlobalSetup(Target = nameof(HandWritten))]
    public void SetUpHandWritten() => variant = Variant.OfHandWritten(Elements);

    [GlobalSetup(Target = nameof(Donated))]
    public void SetUpDonated() => variant = Variant.OfDonated(Variant.Donated, Variant.Preset, Values(1), Values(2), Threads);

    [GlobalSetup(Target = nameof(Pure))]
    public void SetUpPure() => variant = Variant.OfPure(Variant.Preset, Values(1), Values(2), Threads);

    [GlobalSetup(Target = nameof(ChainOfFour))]
    public void SetUpChainOfFour() => variant = Variant.OfDonated(Variant.ChainOfFour, Variant.Chain, Values(1), Values(2), Threads);

    [GlobalCleanup]
    public void CleanUp() => variant?.Dispose();

    [Benchmark(Description = Variant.Axpy)]
    public void Axpy() => variant!.Run(1);

    [Benchmark(Description = Variant.HandWritten, Baseline = true)]
    public void HandWritten() => variant!.Run(1);

    [Benchmark(Description = Variant.Donated)]
    public void Donated() => variant!.Run(1);

    [Benchmark(Description = Variant.Pure)]
    public void Pure() => variant!.Run(1);

    [Benchmark(Description = Variant.ChainOfFour)]
    public void ChainOfFour() => variant!.Run(1);

    private TensorSet<float> Values(int seed)
    {
        var random = new Random(seed);
        return TensorSet.Generate(Layout.OfVector(Elements), _ => random.NextSingle());
    }
}
