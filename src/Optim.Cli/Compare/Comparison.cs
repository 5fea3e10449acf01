using Optim.Cli.Training;
using Optim.Networks;

namespace Optim.Cli.Compare;

/// <summary>One optimizer's part of a comparison.</summary>
internal sealed record Result(Contestant Contestant, TrainingRun Run)
{
    /// <summary>Whether the loss ended above where it began, or nowhere.</summary>
    public bool Diverged => !(Run.Final.TrainingLoss <= Run.Curve[0].TrainingLoss);
}

/// <summary>A finished comparison: what was asked, and a result for each optimizer in the order asked for.</summary>
internal sealed record Comparison(CompareSettings Settings, IReadOnlyList<Result> Results)
{
    /// <summary>The results that one chart can tell apart: all of them, or the lowest final losses, in the order asked for.</summary>
    /// <param name="most">How many that is.</param>
    public IReadOnlyList<Result> Charted(int most)
    {
        var best = Results.OrderBy(result => result.Diverged).ThenBy(result => result.Run.Final.TrainingLoss).Take(most).ToHashSet();
        return [.. Results.Where(best.Contains)];
    }

    /// <summary>Trains the network with each optimizer.</summary>
    /// <param name="settings">What to compare.</param>
    /// <param name="report">Told the epochs an optimizer has done and the loss there, from several threads.</param>
    /// <param name="cancellation">Ends the comparison early, by an <see cref="OperationCanceledException"/>.</param>
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
