using System.Diagnostics;
using System.Globalization;

namespace Optim.Benchmarks;

/// <summary>
/// AdamW in place with its slots in each format, by every number of threads, all in turns in one process: <c>dotnet run -c Release --project benchmarks -- slots 20000000</c>. Medians of the rounds, and the time in units of that in full.
/// </summary>
internal static class SlotFormatReport
{
    private const int Rounds = 41;

    // Less than that is told apart from the clock's ticks by several steps in a row.
    private const int LeastElements = 1_000_000;

    public static int Run(int length)
    {
        if (length < 1)
        {
            Console.Error.WriteLine($"The number of elements must be at least 1, was {length}.");
            return 1;
        }

        int[] threads = [.. new[] { 1, Environment.ProcessorCount }.Distinct()];
        var random = new Random(1);
        var gradient = TensorSet.Generate(Layout.OfVector(length), _ => (random.NextSingle() + random.NextSingle() - 1) * 0.01f);
        var formats = Enum.GetValues<SlotFormat>();
        (SlotFormat Format, int Threads)[] variants = [.. threads.SelectMany(count => formats.Select(format => (format, count)))];
        OptimizerState<float>[] states =
            [.. variants.Select(variant => Optimizer.Init(new AdamW { WeightDecay = 0.01 }, gradient).WithSlotFormat(variant.Format).WithMaxThreads(variant.Threads))];
        double[][] seconds = [.. variants.Select(_ => new double[Rounds])];
        int[] order = [.. Enumerable.Range(0, variants.Length)];
        int steps = Math.Max(1, LeastElements / length);

        // The first round touches fresh memory and compiles.
        for (int round = -1; round < Rounds; round++)
        {
            random.Shuffle(order);
            foreach (int i in order)
            {
                long start = Stopwatch.GetTimestamp();
                for (int step = 0; step < steps; step++)
                {
                    states[i] = Optimizer.Step(states[i].Donate(), gradient).Item1;
                }

                seconds[i][Math.Max(round, 0)] = Stopwatch.GetElapsedTime(start).TotalSeconds / steps;
            }
        }

        Console.WriteLine($"AdamW in place, float32, {length.ToString("N0", CultureInfo.InvariantCulture)} elements, medians of {Rounds} rounds\n");
        Console.WriteLine("| slots | threads | ns an element | of the time in full |\n|---|---|---|---|");
        for (int i = 0; i < variants.Length; i++)
        {
            double full = Median(seconds[Array.IndexOf(variants, (SlotFormat.Full, variants[i].Threads))]), own = Median(seconds[i]);
            Console.WriteLine(FormattableString.Invariant($"| {variants[i].Format} | {variants[i].Threads} | {1e9 * own / length:F3} | {own / full:F2} |"));
            states[i].Dispose();
        }

        return 0;
    }

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);
}
