using System.Numerics;
using Optim.Cli.Training;
using Optim.Networks;

namespace Optim.Cli.Tune;

/// <summary>How good a model is after an epoch, on images that it was not trained on.</summary>
internal sealed record FitPoint(int Epoch, double Loss, double Accuracy);

/// <summary>Trains a model from the same weights on the same batches each time, and looks after each epoch whether it is worth going on.</summary>
/// <param name="model">The model.</param>
/// <param name="folds">The images to train on, and those to be judged by; of several folds a model each is trained, and the mean judged.</param>
/// <param name="batchSize">Images a step.</param>
/// <param name="seed">Decides the weights and the batches.</param>
internal sealed class Fit<T>(Network<T> model, IReadOnlyList<Dataset> folds, int batchSize, long seed)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Steps of an epoch.</summary>
    public long StepsPerEpoch => (folds[0].Training.Count + batchSize - 1) / batchSize;

    /// <summary>Trains with a rule.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="epochs">How often each image is seen.</param>
    /// <param name="shouldStop">Told how good it is after each epoch; answers whether to end here.</param>
    /// <param name="cancellation">Ends the run early, by an <see cref="OperationCanceledException"/>.</param>
    /// <returns>How good it was at the end.</returns>
    public FitPoint Run(Rule rule, int epochs, Func<FitPoint, bool> shouldStop, CancellationToken cancellation)
    {
        Course[] courses = [.. folds.Select(fold => new Course(model, fold, rule, batchSize, seed))];
        for (int epoch = 1; ; epoch++)
        {
            var ends = courses.Select(course => course.Epoch(cancellation)).ToList();
            var point = new FitPoint(epoch, ends.Average(end => end.Loss), ends.Average(end => end.Accuracy));
            if (shouldStop(point) || epoch == epochs)
            {
                return point;
            }
        }
    }

    /// <summary>The training on one fold, epoch by epoch.</summary>
    private sealed class Course
    {
        private readonly Network<T> model;
        private readonly Dataset data;
        private readonly int batchSize;
        private readonly SeededRandom order;
        private readonly SeededRandom dropout;
        private OptimizerState<T> state;
        private TensorSet<T> statistics;

        public Course(Network<T> model, Dataset data, Rule rule, int batchSize, long seed)
        {
            (this.model, this.data, this.batchSize) = (model, data, batchSize);
            statistics = model.InitialStatistics;
            state = Optimizer.Init(rule, model.Initialize(seed)).WithMaxThreads(1);
            order = new(seed, Streams.Batches);
            dropout = new(seed, Streams.Dropout);
        }

        public (double Loss, double Accuracy) Epoch(CancellationToken cancellation)
        {
            foreach (int[] rows in order.Permutation(data.Training.Count).Chunk(batchSize))
            {
                cancellation.ThrowIfCancellationRequested();
                var derivative = model.Differentiate(state.Parameters, statistics, data.Training.Batch<T>(rows), dropout);
                statistics = derivative.Statistics;
                state = Optimizer.Step(state.Donate(), derivative.Gradient, derivative.Loss).Item1;
            }

            var (loss, accuracy) = model.Evaluate(state.EvaluationParameters, statistics, data.Test, cancellation);
            return (loss, accuracy);
        }
    }
}
