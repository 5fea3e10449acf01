using System.Diagnostics;
using System.Numerics;
using Optim.CSharp;
using Optim.Networks;

namespace Optim.Cli.Training;

/// <summary>
/// A network and its data for the library's <see cref="Trainer{T, TBatch}"/>: the network's parameters in arrays, its statistics as the model's state, the
/// training images as batches in an order that depends only on the seed and the epoch. Used by every training command.
/// </summary>
internal sealed class NetworkTraining<T> : ITrainingCallback, IDisposable
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Network<T> network;
    private readonly Dataset data;
    private readonly T[] values;
    private readonly T[] gradient;
    private readonly Func<long, SeededRandom> dropout;
    private Derivative<T>? first;
    private long begun;

    /// <param name="network">What is trained.</param>
    /// <param name="data">The data.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="batchSize">The batch size; the last batch of an epoch may be smaller.</param>
    /// <param name="seed">Determines the initial weights, the batches and dropout.</param>
    /// <param name="dropout">From the step count to the random numbers of the next step's dropout; null for a single stream.</param>
    public NetworkTraining(Network<T> network, Dataset data, Rule rule, int batchSize, long seed, Func<long, SeededRandom>? dropout = null)
    {
        (this.network, this.data) = (network, data);
        var layout = network.Layout;
        (values, gradient) = (network.Initialize(seed).ToArray(), new T[layout.Length]);
        Optimizer = new(rule, layout.Select((shape, i) => new Parameter<T>(
            shape, values.AsMemory(layout.OffsetOf(i), shape.Length), gradient.AsMemory(layout.OffsetOf(i), shape.Length))));
        Statistics = network.InitialStatistics;
        Batches = BatchesOf(data.Training.Count, batchSize, seed);
        var stream = new SeededRandom(seed, Streams.Dropout);
        this.dropout = dropout ?? (_ => stream);
    }

    /// <summary>The optimizer, which owns everything except the statistics.</summary>
    public InPlaceOptimizer<T> Optimizer { get; }

    /// <summary>Computes batches shard by shard, with other ranks; null where a batch is one.</summary>
    public ShardedDerivative<T>? Sharded { get; init; }

    /// <summary>From the step count and a shard to the random numbers of its dropout; needed with <see cref="Sharded"/>.</summary>
    public Func<long, int, SeededRandom>? ShardDropout { get; init; }

    /// <summary>The network's statistics after the last step.</summary>
    public TensorSet<T> Statistics { get; set; }

    /// <summary>The indices of the training images, in batches.</summary>
    public BatchLoader<int> Batches { get; }

    /// <summary>The network's result on the current step's batch, available before, during and, for callbacks, after the step.</summary>
    public Derivative<T> Current => first!;

    /// <summary>The time spent in steps, excluding the objective's first evaluation.</summary>
    public TimeSpan OptimizerTime { get; private set; }

    /// <summary>Image indices in batches, shuffled by a seed.</summary>
    /// <param name="count">The number of images.</param>
    /// <param name="batchSize">The batch size.</param>
    /// <param name="seed">The seed of the order.</param>
    /// <param name="last">How to treat an incomplete last batch.</param>
    public static BatchLoader<int> BatchesOf(int count, int batchSize, long seed, LastBatch last = LastBatch.Keep) => new([.. Enumerable.Range(0, count)], batchSize)
    {
        LastBatch = last,

        // One stream for all epochs, of which each takes what a permutation takes.
        Order = epoch => new SeededRandom(seed, Streams.Batches).Skip((long)epoch * Math.Max(0, count - 1)).Permutation(count),
    };

    /// <summary>The loss of a batch at the parameters in the arrays, writing its gradient into the arrays: the trainer's objective.</summary>
    public double LossAndGradient(IReadOnlyList<int> rows)
    {
        // A rule may ask again at other points: the same batch, statistics and dropout.
        var parameters = TensorSet.OfValues<T>(network.Layout, values);
        var derivative = Sharded is null
            ? network.Differentiate(parameters, Statistics, data.Training.Batch<T>(rows), dropout(Optimizer.StepCount))
            : Sharded.Of(rows, (some, shard) => network.Differentiate(parameters, Statistics, data.Training.Batch<T>(some), ShardDropout!(Optimizer.StepCount, shard)));
        derivative.Gradient.Span.CopyTo(gradient);
        first = begun == 0 ? derivative : first;
        return derivative.Loss;
    }

    /// <summary>Evaluates the network on some images, with the rule's evaluation parameters.</summary>
    public Evaluation Evaluate(Examples examples, CancellationToken cancellation) =>
        network.Evaluate(Optimizer.EvaluationParameters(), Statistics, examples, cancellation);

    /// <summary>The class that each held-out image is taken for.</summary>
    public IReadOnlyList<int> Classify(CancellationToken cancellation) =>
        network.Classify(Optimizer.EvaluationParameters(), Statistics, data.Test, cancellation);

    /// <inheritdoc/>
    public bool BeforeStep(TrainingProgress progress)
    {
        begun = Stopwatch.GetTimestamp();
        return true;
    }

    /// <inheritdoc/>
    public bool OnStep(TrainingProgress progress)
    {
        OptimizerTime += Stopwatch.GetElapsedTime(begun);
        (Statistics, begun) = (Current.Statistics, 0);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => Optimizer.Dispose();
}
