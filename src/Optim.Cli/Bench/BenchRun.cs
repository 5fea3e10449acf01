using Optim.Cli.Info;

namespace Optim.Cli.Bench;

/// <summary>The results of one run of <c>optim bench</c>.</summary>
/// <param name="Processor">The vendor's name for the processor.</param>
/// <param name="HandWrittenWidth">The width of the hand-written loops' vectors, in bits.</param>
/// <param name="Measurements">The figures, size by size.</param>
/// <param name="FirstStepMilliseconds">The first step of a fresh process.</param>
/// <param name="Bars">The speed targets.</param>
internal sealed record BenchRun(
    string Processor, int HandWrittenWidth, IReadOnlyList<Measurement> Measurements, double FirstStepMilliseconds, IReadOnlyList<Bar> Bars)
{
    public static BenchRun Measure(IReadOnlyList<int> sizes, IReadOnlyList<int> threads, int rounds, Action<string> progress)
    {
        progress("first steps of fresh processes");
        double firstStep = FirstStep.MeasureInFreshProcesses(5);
        progress("warming up");
        Stopwatching.Settle(threads);
        var measurements = new List<Measurement>();
        foreach (int size in sizes)
        {
            progress(FormattableString.Invariant($"{size:N0} elements"));
            measurements.AddRange(Stopwatching.Measure(size, threads, rounds));
        }

        progress("");
        return new(MachineInfo.ProcessorName(), HandWritten.Width, measurements, firstStep, new Bars(measurements).Judge(firstStep));
    }
}
