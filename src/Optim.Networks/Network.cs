using System.Collections.Concurrent;
using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using Optim.Networks.Layers;

namespace Optim.Networks;

/// <summary>A network of layers and a loss, as pure functions of parameters and statistics, with exact gradients and without an autograd library.</summary>
/// <remarks>
/// <code>
/// var network = new Network&lt;float&gt;(ImageShape.Vector(64), new SoftmaxCrossEntropy(), new Dense(32), new Relu(), new Dense(10));
/// var (loss, gradient) = network.LossAndGradient(network.Initialize(seed: 1), batch);
/// </code>
/// Parameters are what a rule trains; statistics (the running means of batch normalisation) are observed in training and used in evaluation, empty for most networks.
/// The results are the same for any number of threads and, without a native MathNet provider, on every machine. Thread-safe; each thread has
/// its own reusable memory.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed partial class Network<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int EvaluatedAtOnce = 256, WeightStream = 1, DropoutStream = 3;

    private readonly (string Name, Layer<T> Layer)[] layers;
    private readonly LossFunction<T> loss;
    private readonly ConcurrentBag<Workspace<T>> workspaces = [];

    /// <summary>Builds a network; each layer's input is the previous one's output.</summary>
    /// <param name="input">The shape of an example; <see cref="ImageShape.Vector"/> for a vector.</param>
    /// <param name="loss">The loss on the last layer's outputs, a score for each class.</param>
    /// <param name="layers">The layers, one or more; their names must be unique.</param>
    /// <exception cref="ArgumentException">There is no layer, two have the same name, a window is larger than its input, or the loss needs another number of outputs.</exception>
    public Network(ImageShape input, Loss loss, params Layer[] layers)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(layers);
        string[] names = NamesOf(layers);
        Input = input;
        this.loss = loss.Create<T>();
        this.layers = new (string, Layer<T>)[layers.Length];
        var shape = input;
        for (int i = 0; i < layers.Length; i++)
        {
            var layer = layers[i].Create<T>(shape);
            this.layers[i] = (names[i], layer);
            shape = layer.Output;
        }

        Classes = shape.Length;
        if (this.loss.IsRegression && Classes != 1)
        {
            throw new ArgumentException(FormattableString.Invariant($"{nameof(layers)} must end with one output for {this.loss.Description}, ended with {Classes}."), nameof(layers));
        }

        Description = string.Join(
            ", ", this.layers.Select(x => x.Layer.Description).Where(text => text.Length > 0).Prepend(input.ToString()).Append(this.loss.Description));
        Layout = Layout.OfSequence(this.layers.SelectMany(x => x.Layer.Parameters.Select(tensor => Named(x.Name, tensor))));
        StatisticsLayout = Layout.OfSequence(this.layers.SelectMany(x => x.Layer.Statistics.Select(tensor => Named(x.Name, tensor))));
        InitialStatistics = MakeInitialStatistics();
    }

    /// <summary>The shape of an example.</summary>
    public ImageShape Input { get; }

    /// <summary>The number of classes: the last layer's outputs.</summary>
    public int Classes { get; }

    /// <summary>The parameters' names and shapes.</summary>
    public Layout Layout { get; }

    /// <summary>The statistics' names and shapes; none for most networks.</summary>
    public Layout StatisticsLayout { get; }

    /// <summary>The statistics before any training.</summary>
    public TensorSet<T> InitialStatistics { get; }

    /// <summary>The maximum number of threads per batch, 1 or more. No result depends on it. Default 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int MaxThreads
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 1;

    /// <summary>A description of the network, for reports. Default: composed from the layers.</summary>
    public string Description { get; init; }

    /// <summary>Initial parameters: the same for a seed on every machine.</summary>
    /// <param name="seed">The seed of the random weights.</param>
    public TensorSet<T> Initialize(long seed) => Initialize(new SeededRandom(seed, WeightStream));

    /// <summary>Initial parameters.</summary>
    /// <param name="random">The generator of the random weights; it advances.</param>
    public TensorSet<T> Initialize(SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(random);
        var parameters = new T[Layout.Length];
        int parameter = 0;
        foreach (var (_, layer) in layers)
        {
            for (int i = 0; i < layer.Parameters.Count; i++, parameter++)
            {
                layer.Initialize(i, parameters.AsSpan(Layout.OffsetOf(parameter), Layout[parameter].Length), random);
            }
        }

        return TensorSet.OfValues<T>(Layout, parameters);
    }

    /// <summary>The mean loss over a batch in training, and its gradient. Pure: the same for the same parameters, batch and seed.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="dropoutSeed">The seed of dropout: use a different one for each step. Default 0.</param>
    /// <returns>The loss and the gradient: what an optimizer's objective returns.</returns>
    /// <exception cref="ArgumentException">The parameters or the batch do not match this network; the message says why.</exception>
    public Tuple<double, TensorSet<T>> LossAndGradient(TensorSet<T> parameters, Batch<T> batch, long dropoutSeed = 0)
    {
        // Running statistics are of no effect on either.
        var derivative = Differentiate(parameters, InitialStatistics, batch, new(dropoutSeed, DropoutStream));
        return Tuple.Create(derivative.Loss, derivative.Gradient);
    }

    /// <summary>The mean loss over a batch in training, its gradient, and the updated statistics.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="statistics">The statistics before the batch.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="random">The generator of dropout; it advances.</param>
    /// <exception cref="ArgumentException">The parameters, the statistics or the batch do not match this network; the message says why.</exception>
    public Derivative<T> Differentiate(TensorSet<T> parameters, TensorSet<T> statistics, Batch<T> batch, SeededRandom random) => Differentiate(parameters, statistics, batch, random, (_, _) => { });

    /// <summary>The same, each tensor's gradient given away as soon as it is complete, the last layer's first: to send it to other ranks while the earlier layers' are computed.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="statistics">The statistics before the batch.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="random">The generator of dropout; it advances.</param>
    /// <param name="complete">Receives the index of a tensor in <see cref="Layout"/> and its gradient, valid until it returns. Every tensor comes once.</param>
    /// <exception cref="ArgumentException">The parameters, the statistics or the batch do not match this network; the message says why.</exception>
    public Derivative<T> Differentiate(TensorSet<T> parameters, TensorSet<T> statistics, Batch<T> batch, SeededRandom random, Action<int, ReadOnlyMemory<T>> complete)
    {
        ArgumentNullException.ThrowIfNull(complete);
        ArgumentNullException.ThrowIfNull(random);
        Require(parameters, statistics, batch);
        return WithWorkspace(workspace =>
        {
            var passes = Passes(parameters, statistics, batch.Count, random, training: true, workspace);
            var pullbacks = new Pullback<T>[layers.Length];
            var values = Forward(passes, batch.Inputs, workspace, pullbacks);
            int correct = Correct(values, batch.Labels);
            double total = Losses(values, batch).Sum();
            // By the reciprocal, as MathNet's matrices divide: the digits' recorded numbers depend on that last bit.
            var share = T.One / T.CreateTruncating(batch.Count);
            for (int i = 0; i < values.Length; i++)
            {
                values[i] *= share;
            }

            int tensor = Layout.Count;
            for (int i = layers.Length - 1; i >= 0; i--)
            {
                values = pullbacks[i](values);
                for (int j = passes[i].Gradients.Length - 1; j >= 0; j--)
                {
                    AddPenalty(parameters[--tensor], passes[i].Gradients[j]);
                    complete(tensor, passes[i].Gradients[j]);
                }
            }

            double mean = (total / batch.Count) + Penalty(parameters);
            return new Derivative<T>(
                mean, correct, Joined(Layout, passes.SelectMany(pass => pass.Gradients), workspace),
                Joined(StatisticsLayout, passes.SelectMany(pass => pass.NextStatistics), workspace));
        });
    }

    /// <summary>The scores of a batch in evaluation: one row per example, one column per class.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="statistics">The statistics.</param>
    /// <param name="batch">The batch; its labels are ignored.</param>
    /// <exception cref="ArgumentException">The parameters, the statistics or the batch do not match this network; the message says why.</exception>
    public Matrix<T> Scores(TensorSet<T> parameters, TensorSet<T> statistics, Batch<T> batch)
    {
        Require(parameters, statistics, batch);
        return Scored(parameters, statistics, batch, scores => Matrix<T>.Build.DenseOfRowMajor(batch.Count, Classes, scores));
    }

    /// <summary>The mean loss and the accuracy over a batch in evaluation.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="statistics">The statistics.</param>
    /// <param name="batch">The batch.</param>
    /// <exception cref="ArgumentException">The parameters, the statistics or the batch do not match this network; the message says why.</exception>
    public Evaluation Evaluate(TensorSet<T> parameters, TensorSet<T> statistics, Batch<T> batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return Evaluate(parameters, statistics, [batch], batch.Count, CancellationToken.None);
    }

    /// <summary>The mean loss and the accuracy over images in evaluation.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="statistics">The statistics.</param>
    /// <param name="examples">The images.</param>
    /// <param name="cancellation">Cancels with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentException">The parameters, the statistics or the images do not match this network; the message says why.</exception>
    public Evaluation Evaluate(TensorSet<T> parameters, TensorSet<T> statistics, Examples examples, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(examples);
        return Evaluate(parameters, statistics, Batches(examples), examples.Count, cancellation);
    }

    /// <summary>The predicted class of each image.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="statistics">The statistics.</param>
    /// <param name="examples">The images.</param>
    /// <param name="cancellation">Cancels with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentException">The parameters, the statistics or the images do not match this network; the message says why.</exception>
    public IReadOnlyList<int> Classify(TensorSet<T> parameters, TensorSet<T> statistics, Examples examples, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(examples);
        var classes = new List<int>(examples.Count);
        foreach (var batch in Batches(examples))
        {
            cancellation.ThrowIfCancellationRequested();
            Require(parameters, statistics, batch);
            classes.AddRange(Scored(parameters, statistics, batch, scores => Enumerable.Range(0, batch.Count).Select(row => Best(scores, row)).ToList()));
        }

        return classes.AsReadOnly();
    }

    /// <summary>A description of the network.</summary>
    public override string ToString() => Description;
}
