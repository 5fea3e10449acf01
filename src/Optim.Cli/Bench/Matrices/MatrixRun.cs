using System.Diagnostics;
using Optim.Cli.Reports;

namespace Optim.Cli.Bench.Matrices;

/// <summary>The time of one implementation for a task.</summary>
/// <param name="Work">The task.</param>
/// <param name="By">The implementation.</param>
/// <param name="Seconds">The mean time per execution, in each round.</param>
internal sealed record MatrixTiming(string Work, string By, IReadOnlyList<double> Seconds)
{
    public double Median => Quantile.Median(Seconds);
}

/// <summary>One run of <c>optim bench --matrices</c>: all implementations are interleaved, so that other load affects all of them.</summary>
/// <param name="Mkl">The Intel MKL in use, or why there is none.</param>
/// <param name="Peer">The external program's description; null without one.</param>
/// <param name="Timings">The times, task by task.</param>
internal sealed record MatrixRun(MklStatus Mkl, string? Peer, IReadOnlyList<MatrixTiming> Timings)
{
    private static readonly TimeSpan Batch = TimeSpan.FromMilliseconds(100);

    public static MatrixRun Measure(int rounds, string? peer, Action<string> progress)
    {
        var tasks = MatrixTask.All();
        progress("warming up");
        int[] times = [.. tasks.Select(task =>
        {
            // The second call is compiled and has its memory.
            task.Run();
            return (int)Math.Clamp(Batch.TotalSeconds / Seconds(task, 1), 1, 1000);
        })];
        var seconds = tasks.ToDictionary(task => task, _ => new List<double>());
        var peerSeconds = new Dictionary<string, List<double>>(StringComparer.Ordinal);
        string? peerName = null;
        for (int round = 0; round < rounds; round++)
        {
            progress(FormattableString.Invariant($"round {round + 1} of {rounds}"));
            for (int i = 0; i < tasks.Count; i++)
            {
                seconds[tasks[i]].Add(Seconds(tasks[i], times[i]));
            }

            if (peer is not null)
            {
                (peerName, var measured) = Matrices.Peer.Run(peer);
                foreach (var (work, value) in measured)
                {
                    (peerSeconds.TryGetValue(work, out var list) ? list : peerSeconds[work] = []).Add(value);
                }
            }
        }

        progress("");
        Acceleration.UseManaged();
        var timings = tasks.Select(task => new MatrixTiming(task.Work, task.By, seconds[task])).ToList();
        foreach (var (work, values) in peerSeconds)
        {
            timings.Insert(timings.FindLastIndex(timing => timing.Work == work) is var last && last < 0 ? timings.Count : last + 1, new(work, peerName!, values));
        }

        return new(Acceleration.Mkl, peerName, timings);
    }

    private static double Seconds(MatrixTask task, int times)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < times; i++)
        {
            task.Run();
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds / times;
    }
}
