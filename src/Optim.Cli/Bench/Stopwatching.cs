using System.Diagnostics;

namespace Optim.Cli.Bench;

/// <summary>
/// Measures the variants of one size interleaved, so that other load affects all of them; medians over the rounds then
/// exclude it. The order changes from round to round: a step pays for writing back its predecessor's dirty cache lines.
/// </summary>
internal static class Stopwatching
{
    // A pure fold asks the collector for its memory every few steps, and must pay for that in every round.
    private const int LeastSteps = 8;

    // From here on the variants take turns after every step: of many in a row, those that touch the least memory (axpy) would find it
    // in a large last-level cache that the others overflow, and of a step in a training loop little is left in any cache.
    private const int SingleStepsFrom = 4_000_000;
    private static readonly TimeSpan Batch = TimeSpan.FromMilliseconds(30);

    // Calls are counted for 100 ms before hot methods are compiled anew in the background.
    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(400);

    /// <summary>Runs every variant until its code is fully optimized.</summary>
    public static void Settle(IReadOnlyList<int> threads)
    {
        const int Length = 1000;
        WithVariants(Length, threads, variants =>
        {
            foreach (var variant in variants)
            {
                for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < WarmUp;)
                {
                    variant.Run(100);
                }
            }
        });
    }

    public static IReadOnlyList<Measurement> Measure(int length, IReadOnlyList<int> threads, int rounds)
    {
        List<Measurement> measurements = [];
        WithVariants(length, threads, variants =>
        {
            int turns = length >= SingleStepsFrom ? LeastSteps : 1;
            int[] steps = [.. variants.Select(variant => StepsOfATurn(variant, length))];
            int[] order = [.. Enumerable.Range(0, variants.Count)];
            var random = new Random(1);
            double[][] seconds = [.. variants.Select(_ => new double[rounds])];
            for (int round = 0; round < rounds; round++)
            {
                for (int turn = 0; turn < turns; turn++)
                {
                    random.Shuffle(order);
                    foreach (int i in order)
                    {
                        seconds[i][round] += Seconds(variants[i], steps[i]) / (steps[i] * turns);
                    }
                }
            }

            for (int i = 0; i < variants.Count; i++)
            {
                var variant = variants[i];
                measurements.Add(new(length, variant.Name, variant.Threads, variant.BytesPerElement, Allocated(variant), seconds[i]));
            }
        });
        return measurements;
    }

    private static void WithVariants(int length, IReadOnlyList<int> threads, Action<IReadOnlyList<Variant>> action)
    {
        List<Variant> variants = [];
        try
        {
            var random = new Random(1);
            TensorSet<float> gradient = TensorSet.Generate(Layout.OfVector(length), _ => random.NextSingle()), start = gradient;
            variants.Add(Variant.OfAxpy(length));
            variants.Add(Variant.OfHandWritten(length));
            foreach (int count in threads)
            {
                variants.Add(Variant.OfDonated(Variant.Donated, Variant.Preset, start, gradient, count));
                variants.Add(Variant.OfPure(Variant.Preset, start, gradient, count));
                variants.Add(Variant.OfDonated(Variant.ChainOfFour, Variant.Chain, start, gradient, count));
                variants.Add(Variant.OfDonated(Variant.IdleWrappers, Variant.Wrapped, start, gradient, count));
                if (Acceleration.Mkl.IsAvailable)
                {
                    variants.Add(Variant.OfDonated(Variant.MklBlocks, Variant.Preset, start, gradient, count, Backend.Mkl));
                }
            }

            action(variants);
        }
        finally
        {
            variants.ForEach(variant => variant.Dispose());
        }
    }

    private static int StepsOfATurn(Variant variant, int length)
    {
        // The first steps touch fresh memory.
        variant.Run(LeastSteps);
        return length >= SingleStepsFrom ? 1 : Math.Max(LeastSteps, (int)(Batch.TotalSeconds * LeastSteps / Seconds(variant, LeastSteps)));
    }

    private static double Seconds(Variant variant, int steps)
    {
        long start = Stopwatch.GetTimestamp();
        variant.Run(steps);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static long Allocated(Variant variant)
    {
        const int Steps = 16;
        long before = GC.GetTotalAllocatedBytes(precise: true);
        variant.Run(Steps);
        return (GC.GetTotalAllocatedBytes(precise: true) - before) / Steps;
    }
}
