using System.Numerics;
using Optim.Networks.Layers;

namespace Optim.Networks;

/// <content>The forward and backward passes.</content>
public sealed partial class Network<T>
{
    private static string[] NamesOf(Layer[] layers)
    {
        if (layers.Length == 0)
        {
            throw new ArgumentException($"{nameof(layers)} must hold one layer or more.", nameof(layers));
        }

        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        var names = new string[layers.Length];
        for (int i = 0; i < layers.Length; i++)
        {
            ArgumentNullException.ThrowIfNull(layers[i], nameof(layers));
            int number = numbers[layers[i].Kind] = numbers.GetValueOrDefault(layers[i].Kind) + 1;
            names[i] = layers[i].Name ?? FormattableString.Invariant($"{layers[i].Kind}{number}");
        }

        return names.GroupBy(name => name).FirstOrDefault(same => same.Count() > 1) is { } twice
            ? throw new ArgumentException($"{nameof(layers)} must have different names, two were called '{twice.Key}'.", nameof(layers))
            : names;
    }

    private static IEnumerable<Batch<T>> Batches(Examples examples) =>
        Enumerable.Range(0, examples.Count).Chunk(EvaluatedAtOnce).Select(rows => examples.Batch<T>(rows));

    private TensorSet<T> MakeInitialStatistics()
    {
        var statistics = new T[StatisticsLayout.Length];
        int statistic = 0;
        foreach (var (_, layer) in layers)
        {
            for (int i = 0; i < layer.Statistics.Count; i++, statistic++)
            {
                layer.InitializeStatistic(i, statistics.AsSpan(StatisticsLayout.OffsetOf(statistic), StatisticsLayout[statistic].Length));
            }
        }

        return TensorSet.OfValues<T>(StatisticsLayout, statistics);
    }

    private void Require(TensorSet<T> parameters, TensorSet<T> statistics, Batch<T> batch)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(statistics);
        ArgumentNullException.ThrowIfNull(batch);
        RequireLayout(parameters, Layout, nameof(parameters));
        RequireLayout(statistics, StatisticsLayout, nameof(statistics));
        if (batch.Inputs.Length != (long)batch.Count * Input.Length || batch.Count == 0)
        {
            throw new ArgumentException(
                FormattableString.Invariant($"{nameof(batch)} must hold one example or more of {Input}, {Input.Length} numbers each, was {batch.Inputs.Length} numbers of {batch.Count}."), nameof(batch));
        }

        if (loss.IsRegression != !batch.Targets.IsEmpty)
        {
            throw new ArgumentException(
                $"{nameof(batch)} must have {(loss.IsRegression ? "numbers to predict" : "classes")} for {loss.Description}, had {(loss.IsRegression ? "classes" : "numbers to predict")}.", nameof(batch));
        }

        foreach (int label in batch.Labels)
        {
            if ((uint)label >= (uint)Classes)
            {
                throw new ArgumentException(FormattableString.Invariant($"{nameof(batch)} must have labels from 0 to {Classes - 1}, the network's outputs, was {label}."), nameof(batch));
            }
        }

        static void RequireLayout(TensorSet<T> set, Layout layout, string name)
        {
            if (!set.Layout.Equals(layout))
            {
                throw new ArgumentException($"{name} must have the network's tensors, {layout}, was {set.Layout}.", name);
            }
        }
    }

    private Evaluation Evaluate(TensorSet<T> parameters, TensorSet<T> statistics, IEnumerable<Batch<T>> batches, int count, CancellationToken cancellation)
    {
        double total = 0;
        int correct = 0;
        foreach (var batch in batches)
        {
            cancellation.ThrowIfCancellationRequested();
            Require(parameters, statistics, batch);
            correct += Scored(parameters, statistics, batch, scores =>
            {
                int right = Correct(scores, batch.Labels);
                foreach (double one in Losses(scores, batch))
                {
                    total += one;
                }

                return right;
            });
        }

        return new((total / count) + Penalty(parameters), loss.IsRegression ? double.NaN : (double)correct / count);
    }

    private R Scored<R>(TensorSet<T> parameters, TensorSet<T> statistics, Batch<T> batch, Func<T[], R> use) => WithWorkspace(workspace =>
        use(Forward(Passes(parameters, statistics, batch.Count, new(0, 0), training: false, workspace), batch.Inputs, workspace, null)));

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

    private static TensorSet<T> Joined(Layout layout, IEnumerable<T[]> tensors, Workspace<T> workspace)
    {
        var values = workspace.Take(layout.Length);
        int index = 0;
        foreach (var tensor in tensors)
        {
            tensor.CopyTo(values, layout.OffsetOf(index++));
        }

        return TensorSet.OfValues<T>(layout, values);
    }

    private T[] Forward(Pass<T>[] passes, ReadOnlySpan<T> inputs, Workspace<T> workspace, Pullback<T>[]? pullbacks)
    {
        var values = workspace.Take(inputs.Length);
        inputs.CopyTo(values);
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
                Threads = MaxThreads,
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
    private double[] Losses(T[] scores, Batch<T> batch)
    {
        var losses = new double[batch.Count];
        for (int row = 0; row < losses.Length; row++)
        {
            losses[row] = loss.Differentiate(scores.AsSpan(row * Classes, Classes), batch.Labels[row], loss.IsRegression ? batch.Targets[row] : T.Zero);
        }

        return losses;
    }

    private int Correct(T[] scores, ReadOnlySpan<int> labels)
    {
        if (loss.IsRegression)
        {
            return 0;
        }

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

    /// <summary>Whether a tensor is of weights, which are penalized: of rank 2 or more.</summary>
    private bool IsPenalized(TensorShape shape) => loss.WeightPenalty != 0 && shape.Dimensions.Count >= 2;

    /// <summary>The penalty on the weights.</summary>
    private double Penalty(TensorSet<T> parameters)
    {
        double squares = 0;
        for (int i = 0; i < Layout.Count; i++)
        {
            if (IsPenalized(Layout[i]))
            {
                foreach (var value in parameters[i].Span)
                {
                    double weight = double.CreateTruncating(value);
                    squares += weight * weight;
                }
            }
        }

        return loss.WeightPenalty / 2 * squares;
    }

    /// <summary>Adds the penalty's gradient to that of a tensor.</summary>
    private void AddPenalty(Tensor<T> parameter, T[] gradient)
    {
        if (IsPenalized(parameter.Shape))
        {
            var factor = T.CreateTruncating(loss.WeightPenalty);
            var weights = parameter.Span;
            for (int i = 0; i < weights.Length; i++)
            {
                gradient[i] += factor * weights[i];
            }
        }
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
