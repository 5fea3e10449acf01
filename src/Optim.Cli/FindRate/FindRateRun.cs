using System.Globalization;
using System.Numerics;
using Optim.Cli.Train;
using Optim.Cli.Training;
using Optim.Networks;
using Optim.Cli.Tune;
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
        var model = subject.Model<T>();
        var (settings, training) = (subject.Settings, subject.Data.Training);
        var (start, statistics) = (model.Initialize(settings.Seed), model.InitialStatistics);
        SeededRandom order = new(settings.Seed, Streams.Batches), dropout = new(settings.Seed, Streams.Dropout);
        var batches = Batches().GetEnumerator();
        return LearningRateFinder.Run(
            optimizer.Create(1.0), start,
            (_, parameters) =>
            {
                cancellation.ThrowIfCancellationRequested();
                batches.MoveNext();
                var derivative = model.Differentiate(parameters, statistics, training.Batch<T>(batches.Current), dropout);
                statistics = derivative.Statistics;
                return Tuple.Create(derivative.Loss, derivative.Gradient);
            },
            test);

        IEnumerable<int[]> Batches()
        {
            while (true)
            {
                // The last batch of a pass is left out where it is smaller: its loss would be a noisier one.
                foreach (int[] rows in order.Permutation(training.Count).Chunk(settings.BatchSize).Where(rows => rows.Length == Math.Min(settings.BatchSize, training.Count)))
                {
                    yield return rows;
                }
            }
        }
    }
}
