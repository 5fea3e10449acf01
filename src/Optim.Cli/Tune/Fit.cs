using System.Numerics;
using Optim.Cli.Training;

namespace Optim.Cli.Tune;

/// <summary>How good a model is after an epoch, on images that it was not trained on.</summary>
internal sealed record FitPoint(int Epoch, double Loss, double Accuracy);

/// <summary>Trains a model from the same weights on the same batches each time, and looks after each epoch whether it is worth going on.</summary>
/// <param name="model">The model.</param>
/// <param name="data">The images to train on, and those to be judged by.</param>
/// <param name="batchSize">Images a step.</param>
/// <param name="seed">Decides the weights and the batches.</param>
internal sealed class Fit<T>(Model<T> model, Dataset data, int batchSize, long seed)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Steps of an epoch.</summary>
    public long StepsPerEpoch => (data.Training.Count + batchSize - 1) / batchSize;

    /// <summary>Trains with a rule.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="epochs">How often each image is seen.</param>
    /// <param name="shouldStop">Told how good it is after each epoch; answers whether to end here.</param>
    /// <param name="cancellation">Ends the run early, by an <see cref="OperationCanceledException"/>.</param>
    /// <returns>How good it was at the end.</returns>
    public FitPoint Run(Rule rule, int epochs, Func<FitPoint, bool> shouldStop, CancellationToken cancellation)
    {
        var (start, statistics) = model.Init(new(seed, Streams.Weights));
        var state = Optimizer.Init(rule, start).WithMaxThreads(1);
        SeededRandom order = new(seed, Streams.Batches), dropout = new(seed, Streams.Dropout);
        for (int epoch = 1; ; epoch++)
        {
            foreach (int[] rows in order.Permutation(data.Training.Count).Chunk(batchSize))
            {
                cancellation.ThrowIfCancellationRequested();
                var derivative = model.Differentiate(state.Parameters, statistics, data.Training.Batch<T>(rows), dropout);
                statistics = derivative.Statistics;
                state = Optimizer.Step(state.Donate(), derivative.Gradient, derivative.Loss).Item1;
            }

            var (loss, accuracy) = model.Evaluate(state.EvaluationParameters, statistics, data.Test, cancellation);
            var point = new FitPoint(epoch, loss, accuracy);
            if (shouldStop(point) || epoch == epochs)
            {
                return point;
            }
        }
    }
}
