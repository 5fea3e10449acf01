using System.Globalization;
using System.Numerics;
using Optim.Cli.Train;
using Optim.Cli.Training;
using Optim.Networks;
using Optim.Cli.Tune;
using Optim.CSharp;
using Optim.Tuning;

namespace Optim.Cli.FindRate;

/// <summary>A range test that has been made.</summary>
internal sealed record FindRateRun(Subject Subject, OptimizerChoice Optimizer, RangeTestResult Result)
{
    /// <summary>Makes the test on the images to train on, in the order in which a training takes them.</summary>
    public static FindRateRun Of(Subject subject, OptimizerChoice optimizer, RangeTest test, CancellationToken cancellation)
    {
        if (optimizer.NeedsObjective)
        {
            throw new FormatException($"--optimizer must be one that a gradient is enough for, was '{optimizer.Name}', which evaluates the objective itself.");
        }

        return new(subject, optimizer, subject.Settings.IsSingle ? Made<float>(subject, optimizer, test, cancellation) : Made<double>(subject, optimizer, test, cancellation));
    }

    /// <summary>The command line that gives the same numbers.</summary>
    public string CommandLine => string.Create(
        CultureInfo.InvariantCulture,
        $"optim find-lr --optimizer {Optimizer.Name} --from {Result.Test.From} --to {Result.Test.To} --steps {Result.Test.Steps} {Subject.Options}");

    private static RangeTestResult Made<T>(Subject subject, OptimizerChoice optimizer, RangeTest test, CancellationToken cancellation)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var network = subject.Model<T>();
        var (settings, training) = (subject.Settings, subject.Data.Training);
        var statistics = network.InitialStatistics;
        var dropout = new SeededRandom(settings.Seed, Streams.Dropout);

        // The last batch of a pass is left out where it is smaller: its loss would be a noisier one.
        var loader = NetworkTraining<T>.BatchesOf(training.Count, Math.Min(settings.BatchSize, training.Count), settings.Seed, LastBatch.Drop);
        using var batches = Enumerable.Range(0, int.MaxValue).SelectMany(loader.Epoch).GetEnumerator();
        return LearningRateFinder.Run(
            optimizer.Create(1.0), network.Initialize(settings.Seed),
            (_, parameters) =>
            {
                cancellation.ThrowIfCancellationRequested();
                batches.MoveNext();
                var derivative = network.Differentiate(parameters, statistics, training.Batch<T>(batches.Current), dropout);
                statistics = derivative.Statistics;
                return Tuple.Create(derivative.Loss, derivative.Gradient);
            },
            test);
    }
}
