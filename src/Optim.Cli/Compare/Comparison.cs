using Optim.Cli.Training;
using Optim.Networks;

namespace Optim.Cli.Compare;

/// <summary>One optimizer's results in a comparison: a run for each seed.</summary>
internal sealed record Result(Contestant Contestant, IReadOnlyList<TrainingRun> Runs)
{
    /// <summary>The run; of several, their medians.</summary>
    public TrainingRun Run { get; } = TrainingRun.MedianOf(Runs);

    /// <summary>Whether the final loss is above the initial one, or not finite; of several runs, in half of them or more.</summary>
    public bool Diverged => 2 * Divergences >= Runs.Count;

    /// <summary>The number of runs that diverged.</summary>
    public int Divergences => Runs.Count(run => !(run.Final.TrainingLoss <= run.Curve[0].TrainingLoss));
}

/// <summary>A finished comparison: its settings, and a result for each optimizer in the requested order.</summary>
internal sealed record Comparison(CompareSettings Settings, IReadOnlyList<Result> Results)
{
    /// <summary>The results shown in one chart: all, or those with the lowest final losses, in the requested order.</summary>
    /// <param name="most">The maximum number.</param>
    public IReadOnlyList<Result> Charted(int most)
    {
        var best = Results.OrderBy(result => result.Diverged).ThenBy(result => result.Run.Final.TrainingLoss).Take(most).ToHashSet();
        return [.. Results.Where(best.Contains)];
    }

    /// <summary>Trains the network with each optimizer, from each seed. What is held out is the same for all seeds, so that no rate was tuned and no run trained on what another is judged by.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="report">Receives the completed epochs, of all seeds, and the loss of an optimizer, from several threads.</param>
    /// <param name="cancellation">Cancels the comparison, with an <see cref="OperationCanceledException"/>.</param>
    public static Comparison Run(CompareSettings settings, Action<Contestant, double, double> report, CancellationToken cancellation)
    {
        var runs = settings.Contestants.Select(_ => new List<TrainingRun>()).ToArray();
        var digits = settings.Task.Images is null ? Digits.Load(settings.Seed) : null;
        settings.UseBackend();
        for (int i = 0; i < settings.Seeds; i++)
        {
            int before = i * settings.Epochs;
            var of = settings with { Seed = settings.Seed + i };
            var ofSeed = digits is not null
                ? OnDigits(of, digits, isFirst: i == 0, Told, cancellation)
                : ImageComparison.Run(of, Told, cancellation);
            foreach (var (list, run) in runs.Zip(ofSeed))
            {
                list.Add(run);
            }

            void Told(Contestant contestant, double epochs, double loss) => report(contestant, before + epochs, loss);
        }

        return new(settings, [.. settings.Contestants.Zip(runs, (contestant, list) => new Result(contestant, list))]);
    }

    private static TrainingRun[] OnDigits(CompareSettings settings, Dataset data, bool isFirst, Action<Contestant, double, double> report, CancellationToken cancellation)
    {
        if (isFirst)
        {
            // Otherwise the times would hold compilation: SGD, the first, spent 41 ms in its optimizer in place of 7.
            foreach (var contestant in settings.Contestants)
            {
                Train(contestant, epochs: 1, _ => { });
            }
        }

        var runs = new TrainingRun[settings.Contestants.Count];
        Parallel.For(
            0, runs.Length, new ParallelOptions { MaxDegreeOfParallelism = settings.Threads, CancellationToken = cancellation },
            i =>
            {
                var contestant = settings.Contestants[i];
                runs[i] = Train(contestant, settings.Epochs, point => report(contestant, point.Epoch, point.TrainingLoss));
            });
        return runs;

        TrainingRun Train(Contestant contestant, int epochs, Action<EpochPoint> told) => DigitsComparison.Run(
            data, contestant.CreateRule(contestant.LearningRate), settings.BatchSizeOf(contestant), settings.Seed, epochs, told, cancellation);
    }
}
