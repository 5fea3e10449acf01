using System.Diagnostics;
using static TorchSharp.torch;

namespace TorchRace;

/// <summary>One who takes part: a step, where its parameters are after it, and how it is told how many threads to use, beyond libtorch's own setting.</summary>
internal sealed record Contender(string Name, Action Step, Func<float[]> Parameters, Action<int>? SetThreads = null);

/// <summary>Nanoseconds a step.</summary>
internal readonly record struct Timing(double Median, double Least);

internal static class Stopwatches
{
    /// <summary>All in turns, whose order moves on by one in each round.</summary>
    public static Timing[] Measure(List<Contender> contenders, int threads, int rounds, double seconds)
    {
        set_num_threads(threads);
        contenders.ForEach(contender => contender.SetThreads?.Invoke(threads));
        int[] repeats = [.. contenders.Select(Repeats)];
        var times = contenders.Select(_ => new List<double>()).ToArray();
        long begun = Stopwatch.GetTimestamp();
        for (int round = 0; round < rounds && (round < 3 || Stopwatch.GetElapsedTime(begun).TotalSeconds < seconds); round++)
        {
            for (int turn = 0; turn < contenders.Count; turn++)
            {
                int i = (turn + round) % contenders.Count;

                // The helpers of OpenMP spin for some milliseconds after they have worked; the next one must not pay for it.
                Thread.Sleep(4);
                contenders[i].Step();
                long start = Stopwatch.GetTimestamp();
                for (int repeat = 0; repeat < repeats[i]; repeat++)
                {
                    contenders[i].Step();
                }

                times[i].Add(Stopwatch.GetElapsedTime(start).TotalNanoseconds / repeats[i]);
            }
        }

        return [.. times.Select(list => new Timing(list.Order().ElementAt(list.Count / 2), list.Min()))];
    }

    /// <summary>Warms it up, and finds how many steps take some 15 ms.</summary>
    private static int Repeats(Contender contender)
    {
        contender.Step();
        int count = 0;
        long start = Stopwatch.GetTimestamp();
        do
        {
            contender.Step();
            count++;
        }
        while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < 60 && count < 400);
        return (int)Math.Clamp(15 * count / Stopwatch.GetElapsedTime(start).TotalMilliseconds, 1, 5000);
    }
}
