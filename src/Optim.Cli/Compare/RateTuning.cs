using System.Numerics;
using Optim.Cli.Training;
using Optim.Cli.Tune;
using Optim.Networks;
using Optim.Tuning;

namespace Optim.Cli.Compare;

/// <summary>
/// Gives each optimizer of a comparison the same budget for its learning rate: so many trials of as many epochs, the first with its usual rate, the others chosen by TPE. A trial is trained on four fifths of what is trained on, and
/// judged by the loss on the other; what is held out, the same for all seeds, stays unseen.
/// </summary>
internal static class RateTuning
{
    private const double Lowest = 1e-6, Highest = 10;
    private const string Rate = "rate";

    /// <summary>The settings with the rates found.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="cancellation">Cancels with an <see cref="OperationCanceledException"/>.</param>
    public static CompareSettings Run(CompareSettings settings, CancellationToken cancellation)
    {
        if (settings.Tune == 0)
        {
            return settings;
        }

        var contestants = settings.Contestants.ToArray();
        bool digits = settings.Task.Images is null;
        settings.UseBackend();
        var data = FoldOf(settings, digits ? Digits.Load(settings.Seed) : settings.Task.Images!.Value.Data);
        Parallel.For(
            0, contestants.Length, new ParallelOptions { MaxDegreeOfParallelism = digits ? settings.Threads : 1, CancellationToken = cancellation },
            i => contestants[i] = Tuned(settings, contestants[i], data, cancellation));
        return settings with { Contestants = contestants };
    }

    private static Contestant Tuned(CompareSettings settings, Contestant contestant, Dataset data, CancellationToken cancellation)
    {
        if (contestant.LearningRate == 0)
        {
            return contestant;
        }

        var space = SearchSpace.Of(SearchParameter.LogUniform(Rate, Lowest, Highest));
        var usual = space.Assign(new Dictionary<string, ParameterValue> { [Rate] = ParameterValue.Of(Math.Clamp(contestant.LearningRate, Lowest, Highest)) });
        var study = new Study(space) { Seed = settings.Seed, First = [usual] };
        var result = study.Run(trial => Loss(settings, contestant, data, trial.Parameters.Number(Rate), cancellation), new() { Trials = settings.Tune }, cancellation);
        cancellation.ThrowIfCancellationRequested();
        return result.Best is { } best ? contestant with { LearningRate = double.Round(best.Parameters.Number(Rate), 12) } : contestant;
    }

    private static double Loss(CompareSettings settings, Contestant contestant, Dataset data, double rate, CancellationToken cancellation)
    {
        var rule = contestant.CreateRule(rate);
        if (settings.Task.Images is var (_, _, model, _))
        {
            return Fit(Models.Named<float>(model, data, settings.Threads), settings.BatchSize);
        }

        return Fit(Models.Digits, contestant.FullBatches ? data.Training.Count : settings.BatchSize);

        double Fit<T>(Network<T> network, int batch)
            where T : unmanaged, IFloatingPointIeee754<T> =>
            new Fit<T>(network, [data], batch, settings.Seed) { Backend = settings.Backend }.Run(rule, settings.Epochs, _ => false, cancellation).Loss;
    }

    private static Dataset FoldOf(CompareSettings settings, Dataset data) => Subject.FoldsOf(data, 1, settings.Seed)[0];
}
