using System.Diagnostics;
using System.Numerics;
using Optim.CSharp;
using Optim.Distributed;
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
    private readonly Sharding? sharding;
    private readonly ShardedBatches<T>? sharded;
    private readonly InPlaceOptimizer<T>? whole;
    private readonly ShardedOptimizer<T>? divided;
    private BatchResult<T>? first;
    private long begun;

    /// <param name="network">What is trained.</param>
    /// <param name="data">The data.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="batchSize">The batch size; the last batch of an epoch may be smaller.</param>
    /// <param name="seed">Determines the initial weights, the batches and dropout.</param>
    /// <param name="dropout">From the step count to the random numbers of the next step's dropout; null for a single stream.</param>
    /// <param name="sharding">Computes batches in shards, with other ranks; null where a batch is one.</param>
    /// <exception cref="ArgumentException">The state is to be divided, and the rule cannot be stepped in parts.</exception>
    public NetworkTraining(Network<T> network, Dataset data, Rule rule, int batchSize, long seed, Func<long, SeededRandom>? dropout = null, Sharding? sharding = null)
    {
        (this.network, this.data, this.sharding) = (network, data, sharding);
        var layout = network.Layout;
        (values, gradient) = (network.Initialize(seed).ToArray(), new T[layout.Length]);
        var parameters = layout.Select((shape, i) => new Parameter<T>(shape, values.AsMemory(layout.OffsetOf(i), shape.Length), gradient.AsMemory(layout.OffsetOf(i), shape.Length)));
        divided = sharding is { DividesStates: true } ? new(sharding.Ranks, rule, parameters, sharding.Shards) : null;
        whole = divided is null ? new(rule, parameters) : null;
        sharded = sharding is null ? null : new(network, sharding, divided);
        Statistics = network.InitialStatistics;
        Batches = BatchesOf(data.Training.Count, batchSize, seed);
        var stream = new SeededRandom(seed, Streams.Dropout);
        this.dropout = dropout ?? (_ => stream);
    }

    /// <summary>The optimizer, which owns everything except the statistics.</summary>
    public ITrainedOptimizer<T> Optimizer => divided is null ? whole! : divided;

    /// <summary>The network's statistics after the last step.</summary>
    public TensorSet<T> Statistics { get; set; }

    /// <summary>The indices of the training images, in batches.</summary>
    public BatchLoader<int> Batches { get; }

    /// <summary>The network's result on the current step's batch, available before, during and, for callbacks, after the step.</summary>
    public BatchResult<T> Current => first!;

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
        var result = sharded?.Of(rows, (some, shard) => network.Differentiate(parameters, Statistics, data.Training.Batch<T>(some), sharding!.Dropout(Optimizer.StepCount, shard)), gradient) ?? OfOne();
        first = begun == 0 ? result : first;
        return result.Loss;

        BatchResult<T> OfOne()
        {
            var derivative = network.Differentiate(parameters, Statistics, data.Training.Batch<T>(rows), dropout(Optimizer.StepCount));
            derivative.Gradient.Span.CopyTo(gradient);
            return new(derivative.Loss, derivative.Correct, derivative.Statistics);
        }
    }

    /// <summary>The global norm of the batch's gradient, before the step. With a divided state every rank calls it.</summary>
    public double GradientNorm() => divided?.GradientNorm() ?? whole!.GradientNorm();

    /// <summary>What a step is computed by.</summary>
    /// <param name="maxThreads">The maximum number of threads.</param>
    /// <param name="backend">The backend.</param>
    public void StepBy(int maxThreads, Backend backend)
    {
        if (divided is not null)
        {
            (divided.MaxThreads, divided.Backend) = (maxThreads, backend);
        }
        else
        {
            (whole!.MaxThreads, whole.Backend) = (maxThreads, backend);
        }
    }

    /// <summary>The optimizer's whole state, for saving: on the first rank, which alone takes the memory for it; null on the others. With a divided state every rank calls it.</summary>
    /// <param name="own">What this rank has of it.</param>
    public OptimizerState<T>? WholeState(OptimizerState<T> own) => divided is not null ? divided.GatherState(root: 0) : sharding is null or { Ranks.Rank: 0 } ? own : null;

    /// <summary>Evaluates the network on some images, with the rule's evaluation parameters: a trainer that validates by it leaves them to it (EvaluatesAverages = false). With a divided state every rank calls it.</summary>
    public Evaluation Evaluate(Examples examples, CancellationToken cancellation) =>
        Optimizer.AtEvaluationParameters(() => network.Evaluate(TensorSet.OfValues<T>(network.Layout, values), Statistics, examples, cancellation));

    /// <summary>The class that each held-out image is taken for. With a divided state every rank calls it.</summary>
    public IReadOnlyList<int> Classify(CancellationToken cancellation) =>
        Optimizer.AtEvaluationParameters(() => network.Classify(TensorSet.OfValues<T>(network.Layout, values), Statistics, data.Test, cancellation));

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
    public void Dispose()
    {
        whole?.Dispose();
        divided?.Dispose();
    }
}
