using System.Diagnostics;
using System.Globalization;
using Optim.Cli.Train;
using Optim.Cli.Training;
using Optim.CSharp;
using Optim.Networks;

namespace Optim.Cli.Compare;

/// <summary>A comparison on images: each optimizer in a training run of <c>optim train</c>, one after the other, with all threads on one batch.</summary>
internal static class ImageComparison
{
    private const int Smoothed = 50;

    /// <summary>Trains with each optimizer.</summary>
    /// <param name="settings">The settings, for images.</param>
    /// <param name="report">Receives the completed epochs, including fractions, and the loss.</param>
    /// <param name="cancellation">Cancels with an <see cref="OperationCanceledException"/>.</param>
    public static TrainingRun[] Run(CompareSettings settings, Action<Contestant, double, double> report, CancellationToken cancellation)
    {
        var (_, _, model, data) = settings.Task.Images!.Value;
        var network = Models.Named<float>(model, data, settings.Threads);
        return [.. settings.Contestants.Select(contestant => Run(contestant, settings, network, data, report, cancellation))];
    }

    /// <summary>A rate that works well on images, or on a table.</summary>
    public static double UsualRate(Contestant contestant, bool images) => OptimizerChoice.Find(contestant.Name).UsualRate(images);

    /// <summary>The settings of <c>optim train</c> for an optimizer of a comparison.</summary>
    public static TrainSettings SettingsOf(CompareSettings settings, Contestant contestant)
    {
        var (path, source, model, _) = settings.Task.Images!.Value;
        var texts = new Dictionary<string, string>
        {
            ["data"] = path, ["model"] = model, ["optimizer"] = contestant.Name, ["learning-rate"] = contestant.LearningRate.ToString(CultureInfo.InvariantCulture),
            ["schedule"] = "constant", ["epochs"] = settings.Epochs.ToString(CultureInfo.InvariantCulture),
            ["batch-size"] = settings.BatchSize.ToString(CultureInfo.InvariantCulture), ["seed"] = settings.Seed.ToString(CultureInfo.InvariantCulture),
        };
        return TrainSettings.Of(texts) with { Source = source };
    }

    private static TrainingRun Run(
        Contestant contestant, CompareSettings settings, Network<float> model, Dataset data, Action<Contestant, double, double> report, CancellationToken cancellation)
    {
        long begin = Stopwatch.GetTimestamp();
        using var session = new Session<float>(SettingsOf(settings, contestant), data, model);
        double accuracy = Score.Of(data, session.Evaluate(cancellation), data.Test), seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        var end = session.Run(new Watcher(contestant, session, report), settings.Threads, file: null, cancellation);
        if (end == TrainingEnd.Cancelled)
        {
            throw new OperationCanceledException(cancellation);
        }

        var epochs = session.History.Epochs;
        List<EpochPoint> curve =
        [
            new(0, session.History.Steps.Count > 0 ? session.History.Steps[0].Loss : double.NaN, accuracy, seconds),
            .. epochs.Select(epoch => new EpochPoint(epoch.Epoch, epoch.TrainingLoss, epoch.TestAccuracy, seconds += epoch.Seconds)),
        ];
        if (session.Divergence is not null)
        {
            double last = Score.Of(data, session.Evaluate(cancellation), data.Test);
            curve.AddRange(Enumerable.Range(epochs.Count + 1, settings.Epochs - epochs.Count).Select(epoch => new EpochPoint(epoch, double.NaN, last, seconds)));
            report(contestant, settings.Epochs, double.NaN);
        }

        return new(curve, session.OptimizerTime, Stopwatch.GetElapsedTime(begin));
    }

    private sealed class Watcher(Contestant contestant, Session<float> session, Action<Contestant, double, double> report) : ITrainingCallback
    {
        public bool OnStep(TrainingProgress progress)
        {
            // A whole epoch is told when it has been evaluated.
            int step = progress.Batch + 1;
            if (step < session.StepsPerEpoch)
            {
                report(contestant, progress.Epoch + ((double)step / session.StepsPerEpoch), session.History.Mean(Math.Min(step, Smoothed)).Loss);
            }

            return true;
        }

        public bool OnEpoch(EpochSummary epoch)
        {
            report(contestant, session.History.Epochs.Count, session.History.Epochs[^1].TrainingLoss);
            return true;
        }
    }
}
