using Optim.Cli.Training;
using Optim.Networks;

namespace Optim.Cli.Compare;

/// <summary>One optimizer's results in a comparison.</summary>
internal sealed record Result(Contestant Contestant, TrainingRun Run)
{
    /// <summary>Whether the final loss is above the initial one, or not finite.</summary>
    public bool Diverged => !(Run.Final.TrainingLoss <= Run.Curve[0].TrainingLoss);
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

    /// <summary>Trains the network with each optimizer.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="report">Receives the completed epochs and the loss of an optimizer, from several threads.</param>
    /// <param name="cancellation">Cancels the comparison, with an <see cref="OperationCanceledException"/>.</param>
    public static Comparison Run(CompareSettings settings, Action<Contestant, double, double> report, CancellationToken cancellation)
    {
        if (settings.Task.Images is not null)
        {
            return ImageComparison.Run(settings, report, cancellation);
        }

        // Threads go to optimizers, never into a product of matrices: the batches are too small to be worth splitting. And a
        // provider of native code, which an installation may have, adds up in an order of its own.
        MathNet.Numerics.Control.UseSingleThread();
        MathNet.Numerics.Control.UseManaged();

        var data = Digits.Load(settings.Seed);

        // Otherwise the times would hold compilation: SGD, the first, spent 41 ms in its optimizer in place of 7.
        foreach (var contestant in settings.Contestants)
        {
            Train(contestant, epochs: 1, _ => { });
        }

        var results = new Result[settings.Contestants.Count];
        Parallel.For(
            0, results.Length, new ParallelOptions { MaxDegreeOfParallelism = settings.Threads, CancellationToken = cancellation },
            i =>
            {
                var contestant = settings.Contestants[i];
                results[i] = new(contestant, Train(contestant, settings.Epochs, point => report(contestant, point.Epoch, point.TrainingLoss)));
            });
        return new(settings, results);

        TrainingRun Train(Contestant contestant, int epochs, Action<EpochPoint> told) => DigitsComparison.Run(
            data, contestant.CreateRule(contestant.LearningRate), settings.BatchSizeOf(contestant), settings.Seed, epochs, told, cancellation);
    }
}
