using System.Diagnostics;
using System.Numerics;
using Optim.CSharp;
using Optim.Networks;

namespace Optim.Cli.Training;

/// <summary>
/// A network and its data as the library's <see cref="Trainer{T, TBatch}"/> takes them: the network's parameters in arrays, its statistics as what the model keeps, the
/// training images as batches in an order that depends on the seed and the epoch alone. Every command trains by it.
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
    /// <param name="data">On what.</param>
    /// <param name="rule">By what.</param>
    /// <param name="batchSize">Images a step; the last step of an epoch takes what is left.</param>
    /// <param name="seed">Decides the initial weights, the batches and what dropout leaves out.</param>
    /// <param name="dropout">From the steps taken to the random numbers of the next one's dropout; null for one stream from the first step on.</param>
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

    /// <summary>The optimizer, which owns all but the statistics.</summary>
    public InPlaceOptimizer<T> Optimizer { get; }

    /// <summary>The network's statistics after the last step.</summary>
    public TensorSet<T> Statistics { get; set; }

    /// <summary>The numbers of the training images, in batches.</summary>
    public BatchLoader<int> Batches { get; }

    /// <summary>What the network says about the batch of the step that is to be taken: before it, during it, and to callbacks after it.</summary>
    public Derivative<T> Current => first!;

    /// <summary>The time spent in steps, the objective's first evaluation left out.</summary>
    public TimeSpan OptimizerTime { get; private set; }

    /// <summary>The numbers of images in batches, in the order of a seed.</summary>
    /// <param name="count">How many images.</param>
    /// <param name="batchSize">Images a batch.</param>
    /// <param name="seed">Decides the order.</param>
    /// <param name="last">What becomes of those left over.</param>
    public static BatchLoader<int> BatchesOf(int count, int batchSize, long seed, LastBatch last = LastBatch.Keep) => new([.. Enumerable.Range(0, count)], batchSize)
    {
        LastBatch = last,

        // One stream for all epochs, of which each takes what a permutation takes.
        Order = epoch => new SeededRandom(seed, Streams.Batches).Skip((long)epoch * Math.Max(0, count - 1)).Permutation(count),
    };

    /// <summary>The loss of a batch at the parameters in the arrays, and its gradient into the arrays: what the trainer steps on.</summary>
    public double LossAndGradient(IReadOnlyList<int> rows)
    {
        // A rule may ask again at other points: the same batch, statistics and dropout.
        var derivative = network.Differentiate(
            TensorSet.OfValues<T>(network.Layout, values), Statistics, data.Training.Batch<T>(rows), dropout(Optimizer.StepCount));
        derivative.Gradient.Span.CopyTo(gradient);
        first = begun == 0 ? derivative : first;
        return derivative.Loss;
    }

    /// <summary>How good the network is on some images, by the parameters that the rule evaluates with.</summary>
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
