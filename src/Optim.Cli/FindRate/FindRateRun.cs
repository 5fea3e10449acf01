using System.Globalization;
using System.Numerics;
using Optim.Cli.Train;
using Optim.Cli.Training;
using Optim.Networks;
using Optim.Cli.Tune;
using Optim.CSharp;
using Optim.Tuning;

namespace Optim.Cli.FindRate;

/// <summary>Completed range tests, each with different initial weights and batches.</summary>
internal sealed record FindRateRun(Subject Subject, OptimizerChoice Optimizer, RangeTestSummary Summary)
{
    public const int DefaultRepeats = 5;

    /// <summary>The seeds of the tests: the subject's and its successors.</summary>
    public IEnumerable<long> Seeds => Summary.Results.Select((_, i) => Subject.Settings.Seed + i);

    /// <summary>Runs the tests on the training images, in the order of training.</summary>
    public static FindRateRun Of(Subject subject, OptimizerChoice optimizer, RangeTest test, int repeats, CancellationToken cancellation) => new(
        subject, optimizer, new(Enumerable.Range(0, repeats).Select(i => subject.Settings.IsSingle
            ? Made<float>(subject, optimizer, test, subject.Settings.Seed + i, cancellation)
            : Made<double>(subject, optimizer, test, subject.Settings.Seed + i, cancellation))));

    /// <summary>The command line that gives the same numbers.</summary>
    public string CommandLine => string.Create(
        CultureInfo.InvariantCulture,
        $"optim find-lr --optimizer {Optimizer.Name} --from {Test.From} --to {Test.To} --steps {Test.Steps} --repeats {Summary.Results.Count} {Subject.Options}");

    private RangeTest Test => Summary.Results[0].Test;

    private static RangeTestResult Made<T>(Subject subject, OptimizerChoice optimizer, RangeTest test, long seed, CancellationToken cancellation)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var network = subject.Model<T>();
        var training = subject.Data.Training;
        var statistics = network.InitialStatistics;
        Derivative<T>? first = null;

        // The last batch of a pass is left out where it is smaller: its loss would be a noisier one.
        var loader = NetworkTraining<T>.BatchesOf(training.Count, Math.Min(subject.Settings.BatchSize, training.Count), seed, LastBatch.Drop);
        using var batches = Enumerable.Range(0, int.MaxValue).SelectMany(loader.Epoch).GetEnumerator();
        int taken = -1;
        return LearningRateFinder.Run(
            optimizer.Create(1.0), network.Initialize(seed),
            (step, parameters) =>
            {
                cancellation.ThrowIfCancellationRequested();
                bool isFirst = step > taken;
                if (isFirst)
                {
                    batches.MoveNext();
                    (taken, statistics) = (step, first?.Statistics ?? statistics);
                }

                // A rule may ask again at other points: the same batch, statistics and dropout.
                var derivative = network.Differentiate(parameters, statistics, training.Batch<T>(batches.Current), new(seed, Streams.DropoutOf(step)));
                first = isFirst ? derivative : first;
                return Tuple.Create(derivative.Loss, derivative.Gradient);
            },
            test);
    }
}
