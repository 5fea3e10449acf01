using System.Diagnostics;
using System.Numerics;
using Optim.Networks;

namespace Optim.Cli.Training;

/// <summary>Trains a model from the same weights on the same batches each time, so that runs differ by the rule alone.</summary>
internal sealed class Trainer<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Network<T> model;
    private readonly Dataset data;
    private readonly TensorSet<T> start;
    private readonly TensorSet<T> startStatistics;
    private readonly long seed;
    private readonly int epochs;

    /// <param name="model">What is trained.</param>
    /// <param name="data">On what.</param>
    /// <param name="seed">Decides the initial weights, the batches and what dropout leaves out.</param>
    /// <param name="epochs">How often each image is seen.</param>
    public Trainer(Network<T> model, Dataset data, long seed, int epochs)
    {
        this.model = model;
        this.data = data;
        (start, startStatistics) = (model.Initialize(seed), model.InitialStatistics);
        this.seed = seed;
        this.epochs = epochs;
    }

    /// <summary>Trains with one rule.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="batchSize">Images a step; the last step of an epoch takes what is left.</param>
    /// <param name="report">Told each point of the curve as it is reached.</param>
    /// <param name="cancellation">Ends the run early, by an <see cref="OperationCanceledException"/>.</param>
    public TrainingRun Run(Rule rule, int batchSize, Action<EpochPoint> report, CancellationToken cancellation)
    {
        long begin = Stopwatch.GetTimestamp();
        var inOptimizer = TimeSpan.Zero;
        var curve = new List<EpochPoint>();
        var state = Optimizer.Init(rule, start);
        var statistics = startStatistics;
        SeededRandom order = new(seed, Streams.Batches), dropout = new(seed, Streams.Dropout);
        Record();
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            foreach (int[] rows in order.Permutation(data.Training.Count).Chunk(batchSize))
            {
                cancellation.ThrowIfCancellationRequested();
                var derivative = model.Differentiate(state.Parameters, statistics, data.Training.Batch<T>(rows), dropout);
                statistics = derivative.Statistics;
                long before = Stopwatch.GetTimestamp();
                state = Optimizer.Step(state.Donate(), derivative.Gradient, derivative.Loss).Item1;
                inOptimizer += Stopwatch.GetElapsedTime(before);
            }

            Record();
        }

        return new(curve, inOptimizer, Stopwatch.GetElapsedTime(begin));

        void Record()
        {
            var weights = state.EvaluationParameters;
            var point = new EpochPoint(
                curve.Count, model.Evaluate(weights, statistics, data.Training, cancellation).Loss, model.Evaluate(weights, statistics, data.Test, cancellation).Accuracy);
            curve.Add(point);
            report(point);
        }
    }
}
