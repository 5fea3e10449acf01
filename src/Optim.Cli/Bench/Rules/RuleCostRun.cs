using System.Diagnostics;
using Optim.Cli.Info;

namespace Optim.Cli.Bench.Rules;

/// <summary>One run of <c>optim bench --rules</c>: what a step of each rule costs beside the bytes it must move.</summary>
/// <param name="Processor">The vendor's name for the processor.</param>
/// <param name="Costs">Size by size and within it thread by thread, the farthest from its limit last.</param>
/// <param name="LeftOut">The rules that were not measured.</param>
internal sealed record RuleCostRun(string Processor, IReadOnlyList<RuleCost> Costs, IReadOnlyList<LeftOutRule> LeftOut)
{
    // One updated stream for the parameters and one for each slot; rules with more are measured against this many and their bytes.
    private const int MostStreams = 8;

    // As between the variants of the other run: steps and passes take turns, and neither finds its memory in the caches.
    private const int StepsOfARound = 8;

    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(300), Enough = TimeSpan.FromSeconds(4);

    /// <summary>Measures rules.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="sizes">Numbers of elements.</param>
    /// <param name="threads">Numbers of threads.</param>
    /// <param name="rounds">The most rounds; fewer, and of one step, where a step is so slow that they would take more than some seconds.</param>
    /// <param name="progress">Receives what is being measured.</param>
    public static RuleCostRun Measure(IReadOnlyList<RuleEntry> rules, IReadOnlyList<int> sizes, IReadOnlyList<int> threads, int rounds, Action<string> progress)
    {
        List<RuleCost> costs = [];
        var leftOut = rules.Select(entry => (entry.Name, Reason: StepInput.WhyNot(entry))).Where(rule => rule.Reason is not null)
            .Select(rule => new LeftOutRule(rule.Name, rule.Reason!)).ToList();
        foreach (int size in sizes)
        {
            using var streams = new ByteStreams(size, MostStreams);
            var random = new Random(1);
            var gradient = TensorSet.Generate(Shapes.Of(size), _ => random.NextSingle() - 0.5f);
            foreach (var entry in rules.Where(entry => StepInput.WhyNot(entry) is null))
            {
                progress(FormattableString.Invariant($"{entry.Name}, {size:N0} elements"));
                costs.AddRange(threads.Select(count => Measure(entry, gradient, streams, count, rounds)));
            }
        }

        progress("");
        return new(MachineInfo.ProcessorName(), [.. costs.OrderBy(cost => cost.Elements).ThenBy(cost => cost.Threads).ThenBy(cost => cost.TimesOfLimit)], leftOut);
    }

    private static RuleCost Measure(RuleEntry entry, TensorSet<float> gradient, ByteStreams streams, int threads, int rounds)
    {
        var rule = entry.Create();
        Settle(rule, threads);
        int length = gradient.Length;
        double bytes = RuleTraffic.BytesPerElement(rule, length);
        double updated = ((bytes / sizeof(float)) - 1) / 2;
        int whole = Math.Clamp((int)Math.Round(updated), 1, MostStreams);
        double share = bytes / (sizeof(float) * (1 + (2 * whole)));
        var state = Optimizer.Init(rule, TensorSet.Filled(gradient.Layout, 0.5f)).WithMaxThreads(threads);
        try
        {
            // The first steps touch fresh memory.
            double least = Math.Min(Step(), Step());
            int steps = least * StepsOfARound * rounds > Enough.TotalSeconds ? 1 : StepsOfARound;
            int most = Math.Clamp((int)(Enough.TotalSeconds / (least * steps)), 1, rounds);
            double[] stepSeconds = new double[most], limitSeconds = new double[most];
            for (int round = 0; round < most; round++)
            {
                for (int turn = 0; turn < steps; turn++)
                {
                    stepSeconds[round] += Step() / steps;
                    limitSeconds[round] += share * Seconds(() => streams.Pass(whole, threads)) / steps;
                }
            }

            return new(entry.Name, length, threads, bytes, sizeof(float) * entry.MemoryMoves, stepSeconds, limitSeconds);
        }
        finally
        {
            state.Dispose();
        }

        double Step() => Seconds(() => state = StepInput.Step(state.Donate(), gradient));
    }

    /// <summary>Runs the rule until its code is fully optimized.</summary>
    private static void Settle(Rule rule, int threads)
    {
        var random = new Random(1);
        var gradient = TensorSet.Generate(Shapes.Of(1000), _ => random.NextSingle() - 0.5f);
        var state = Optimizer.Init(rule, gradient).WithMaxThreads(threads);
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < WarmUp;)
        {
            for (int step = 0; step < 20; step++)
            {
                state = StepInput.Step(state.Donate(), gradient);
            }
        }

        state.Dispose();
    }

    private static double Seconds(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
