using System.Collections.Concurrent;
using System.Numerics;
using Optim.Cli.Training.Layers;

namespace Optim.Cli.Training;

/// <summary>What a batch says about a model: the mean loss, how many images were recognised, and the gradient of that loss.</summary>
/// <param name="Loss">The mean loss, and the penalty on weights where the loss has one.</param>
/// <param name="Correct">Images whose highest score was their class's.</param>
/// <param name="Gradient">The gradient of <paramref name="Loss"/> by the parameters.</param>
/// <param name="Statistics">The statistics after the batch.</param>
internal sealed record Derivative<T>(double Loss, int Correct, TensorSet<T> Gradient, TensorSet<T> Statistics)
    where T : unmanaged, IFloatingPointIeee754<T>;

/// <summary>A network of layers and a loss, as pure functions of parameters and statistics.</summary>
/// <remarks>
/// Parameters are what a rule trains; statistics (the running means of batch normalisation) are what training observes, empty for most models.
/// Safe to use from several threads at once; each has memory of its own, which is used again.
/// </remarks>
internal sealed class Model<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int EvaluatedAtOnce = 256;

    private readonly (string Name, Layer<T> Layer)[] layers;
    private readonly Loss<T> loss;
    private readonly ConcurrentBag<Workspace<T>> workspaces = [];

    /// <summary>Joins layers, each made for what the one before gives.</summary>
    /// <param name="name">The model's name on the command line.</param>
    /// <param name="input">The shape of the images.</param>
    /// <param name="loss">The loss on the last layer's outputs.</param>
    /// <param name="layers">The layers' names, for the names of their tensors, and how to make them.</param>
    public Model(string name, ImageShape input, Loss<T> loss, params ReadOnlySpan<(string Name, Func<ImageShape, Layer<T>> Create)> layers)
    {
        Name = name;
        Input = input;
        this.loss = loss;
        this.layers = new (string, Layer<T>)[layers.Length];
        var shape = input;
        for (int i = 0; i < layers.Length; i++)
        {
            var layer = layers[i].Create(shape);
            this.layers[i] = (layers[i].Name, layer);
            shape = layer.Output;
        }

        Classes = shape.Length;
        Description = string.Join(
            ", ", this.layers.Select(x => x.Layer.Description).Where(text => text.Length > 0).Prepend(input.ToString()).Append(loss.Description));
        Layout = Layout.OfSequence(this.layers.SelectMany(x => x.Layer.Parameters.Select(tensor => Named(x.Name, tensor))));
        StatisticsLayout = Layout.OfSequence(this.layers.SelectMany(x => x.Layer.Statistics.Select(tensor => Named(x.Name, tensor))));
    }

    /// <summary>The name on the command line.</summary>
    public string Name { get; }

    /// <summary>The shape of the images.</summary>
    public ImageShape Input { get; }

    /// <summary>The number of classes.</summary>
    public int Classes { get; }

    /// <summary>The parameters' names and shapes.</summary>
    public Layout Layout { get; }

    /// <summary>The statistics' names and shapes.</summary>
    public Layout StatisticsLayout { get; }

    /// <summary>The most threads that one batch is split over. No number depends on it.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>The model in words, for reports.</summary>
    public string Description { get; init; }

    /// <summary>Initial parameters and statistics.</summary>
    public (TensorSet<T> Parameters, TensorSet<T> Statistics) Init(SeededRandom random)
    {
        T[] parameters = new T[Layout.Length], statistics = new T[StatisticsLayout.Length];
        int parameter = 0, statistic = 0;
        foreach (var (_, layer) in layers)
        {
            for (int i = 0; i < layer.Parameters.Count; i++, parameter++)
            {
                layer.Initialize(i, parameters.AsSpan(Layout.OffsetOf(parameter), Layout[parameter].Length), random);
            }

            for (int i = 0; i < layer.Statistics.Count; i++, statistic++)
            {
                layer.InitializeStatistic(i, statistics.AsSpan(StatisticsLayout.OffsetOf(statistic), StatisticsLayout[statistic].Length));
            }
        }

        return (TensorSet.OfValues<T>(Layout, parameters), TensorSet.OfValues<T>(StatisticsLayout, statistics));
    }

    /// <summary>The mean loss over a batch, its gradient, and the statistics after it.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="statistics">The statistics.</param>
    /// <param name="batch">The images.</param>
    /// <param name="random">Decides what dropout leaves out.</param>
    public Derivative<T> Differentiate(TensorSet<T> parameters, TensorSet<T> statistics, Batch<T> batch, SeededRandom random) =>
        WithWorkspace(workspace =>
        {
            var passes = Passes(parameters, statistics, batch.Count, random, training: true, workspace);
            var pullbacks = new Pullback<T>[layers.Length];
            var values = Forward(passes, batch.Pixels, workspace, pullbacks);
            int correct = Correct(values, batch.Labels);
            double total = Losses(values, batch.Labels).Sum();
            // By the reciprocal, as MathNet's matrices divide: the digits' recorded numbers depend on that last bit.
            var share = T.One / T.CreateTruncating(batch.Count);
            for (int i = 0; i < values.Length; i++)
            {
                values[i] *= share;
            }

            for (int i = layers.Length - 1; i >= 0; i--)
            {
                values = pullbacks[i](values);
            }

            double mean = (total / batch.Count) + Penalize(parameters, passes);
            return new Derivative<T>(
                mean, correct, Joined(Layout, passes.SelectMany(pass => pass.Gradients)), Joined(StatisticsLayout, passes.SelectMany(pass => pass.NextStatistics)));
        });

    /// <summary>The mean loss over some examples, and the share of them whose highest score is their class's.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="statistics">The statistics.</param>
    /// <param name="examples">The images.</param>
    /// <param name="cancellation">Ends it early, by an <see cref="OperationCanceledException"/>.</param>
    public (double Loss, double Accuracy) Evaluate(
        TensorSet<T> parameters, TensorSet<T> statistics, Examples examples, CancellationToken cancellation = default)
    {
        double total = 0;
        int correct = 0;
        foreach (int[] rows in Enumerable.Range(0, examples.Count).Chunk(EvaluatedAtOnce))
        {
            cancellation.ThrowIfCancellationRequested();
            var batch = examples.Batch<T>(rows);
            WithWorkspace(workspace =>
            {
                var scores = Forward(Passes(parameters, statistics, batch.Count, new(0, 0), training: false, workspace), batch.Pixels, workspace, null);
                correct += Correct(scores, batch.Labels);
                foreach (double one in Losses(scores, batch.Labels))
                {
                    total += one;
                }

                return 0;
            });
        }

        return ((total / examples.Count) + Penalize(parameters, null), (double)correct / examples.Count);
    }

    /// <summary>The class of the highest score of each image.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="statistics">The statistics.</param>
    /// <param name="examples">The images.</param>
    /// <param name="cancellation">Ends it early, by an <see cref="OperationCanceledException"/>.</param>
    public int[] Classify(TensorSet<T> parameters, TensorSet<T> statistics, Examples examples, CancellationToken cancellation = default)
    {
        var classes = new List<int>(examples.Count);
        foreach (int[] rows in Enumerable.Range(0, examples.Count).Chunk(EvaluatedAtOnce))
        {
            cancellation.ThrowIfCancellationRequested();
            var batch = examples.Batch<T>(rows);
            WithWorkspace(workspace =>
            {
                var scores = Forward(Passes(parameters, statistics, batch.Count, new(0, 0), training: false, workspace), batch.Pixels, workspace, null);
                classes.AddRange(rows.Select((_, row) => Best(scores, row)));
                return 0;
            });
        }

        return [.. classes];
    }

    private static TensorShape Named(string layer, TensorShape tensor) => new($"{layer}.{tensor.Name}", [.. tensor.Dimensions]);

    private static T[] Forward(Pass<T>[] passes, (string Name, Layer<T> Layer)[] layers, T[] values, Pullback<T>[]? pullbacks)
    {
        for (int i = 0; i < layers.Length; i++)
        {
            (values, var pullback) = layers[i].Layer.Forward(values, passes[i]);
            if (pullbacks is not null)
            {
                pullbacks[i] = pullback;
            }
        }

        return values;
    }

    private static TensorSet<T> Joined(Layout layout, IEnumerable<T[]> tensors)
    {
        var result = TensorSet.Uninitialized<T>(layout);
        int index = 0;
        foreach (var tensor in tensors)
        {
            tensor.CopyTo(result.Writable[layout.OffsetOf(index++)..]);
        }

        return result;
    }

    private T[] Forward(Pass<T>[] passes, ReadOnlySpan<T> pixels, Workspace<T> workspace, Pullback<T>[]? pullbacks)
    {
        var values = workspace.Take(pixels.Length);
        pixels.CopyTo(values);
        return Forward(passes, layers, values, pullbacks);
    }

    private Pass<T>[] Passes(TensorSet<T> parameters, TensorSet<T> statistics, int count, SeededRandom random, bool training, Workspace<T> workspace)
    {
        int parameter = 0, statistic = 0;
        var passes = new Pass<T>[layers.Length];
        for (int i = 0; i < layers.Length; i++)
        {
            var layer = layers[i].Layer;
            passes[i] = new()
            {
                Count = count,
                Training = training,
                WantsInputGradient = i > 0,
                Parameters = Copies(parameters, layer.Parameters.Count, ref parameter),
                Gradients = training ? Room(layer.Parameters) : [],
                Statistics = Copies(statistics, layer.Statistics.Count, ref statistic),
                NextStatistics = training ? Room(layer.Statistics) : [],
                Random = random,
                Workspace = workspace,
                Threads = Threads,
            };
        }

        return passes;

        T[][] Copies(TensorSet<T> set, int number, ref int next)
        {
            var copies = new T[number][];
            for (int i = 0; i < number; i++, next++)
            {
                copies[i] = workspace.Take(set.Layout[next].Length);
                set[next].Span.CopyTo(copies[i]);
            }

            return copies;
        }

        T[][] Room(IReadOnlyList<TensorShape> tensors) => [.. tensors.Select(tensor => workspace.Take(tensor.Length))];
    }

    /// <summary>The loss of each image; replaces scores by gradients.</summary>
    private double[] Losses(T[] scores, ReadOnlySpan<int> labels)
    {
        var losses = new double[labels.Length];
        for (int row = 0; row < labels.Length; row++)
        {
            losses[row] = loss.Differentiate(scores.AsSpan(row * Classes, Classes), labels[row]);
        }

        return losses;
    }

    private int Correct(T[] scores, ReadOnlySpan<int> labels)
    {
        int correct = 0;
        for (int row = 0; row < labels.Length; row++)
        {
            correct += Best(scores, row) == labels[row] ? 1 : 0;
        }

        return correct;
    }

    private int Best(T[] scores, int row)
    {
        int best = 0;
        for (int i = 1; i < Classes; i++)
        {
            best = scores[(row * Classes) + i] > scores[(row * Classes) + best] ? i : best;
        }

        return best;
    }

    /// <summary>The penalty on the weights (what has two dimensions or more); adds its gradient.</summary>
    private double Penalize(TensorSet<T> parameters, Pass<T>[]? passes)
    {
        if (loss.WeightPenalty == 0)
        {
            return 0;
        }

        double squares = 0;
        var factor = T.CreateTruncating(loss.WeightPenalty);
        var gradients = passes?.SelectMany(pass => pass.Gradients).ToArray();
        for (int i = 0; i < Layout.Count; i++)
        {
            if (Layout[i].Dimensions.Count < 2)
            {
                continue;
            }

            var weights = parameters[i].Span;
            for (int j = 0; j < weights.Length; j++)
            {
                double weight = double.CreateTruncating(weights[j]);
                squares += weight * weight;
                if (gradients is not null)
                {
                    gradients[i][j] += factor * weights[j];
                }
            }
        }

        return loss.WeightPenalty / 2 * squares;
    }

    private R WithWorkspace<R>(Func<Workspace<T>, R> pass)
    {
        var workspace = workspaces.TryTake(out var used) ? used : new();
        try
        {
            return pass(workspace);
        }
        finally
        {
            workspace.Reset();
            workspaces.Add(workspace);
        }
    }
}
