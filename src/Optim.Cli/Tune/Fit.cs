using System.Numerics;
using Optim.Cli.Training;
using Optim.CSharp;
using Optim.Networks;

namespace Optim.Cli.Tune;

/// <summary>How good a model is after an epoch, on images that it was not trained on.</summary>
internal sealed record FitPoint(int Epoch, double Loss, double Accuracy);

/// <summary>Trains a model from the same weights on the same batches each time, and looks after each epoch whether it is worth going on.</summary>
/// <param name="network">The model.</param>
/// <param name="folds">The images to train on, and those to be judged by; of several folds a model each is trained, and the mean judged.</param>
/// <param name="batchSize">Images a step.</param>
/// <param name="seed">Decides the weights and the batches.</param>
internal sealed class Fit<T>(Network<T> network, IReadOnlyList<Dataset> folds, int batchSize, long seed)
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
        var courses = new List<Course>();
        try
        {
            courses.AddRange(folds.Select(fold => new Course(new(network, fold, rule, batchSize, seed), fold, epochs, cancellation)));
            for (int epoch = 1; ; epoch++)
            {
                var ends = courses.Select(course => course.Epoch()).ToList();
                var point = new FitPoint(epoch, ends.Average(end => end.Loss), ends.Average(end => end.Accuracy));
                if (shouldStop(point) || epoch == epochs)
                {
                    return point;
                }
            }
        }
        finally
        {
            courses.ForEach(course => course.Dispose());
        }
    }

    /// <summary>The training on one fold, which pauses after each epoch.</summary>
    private sealed class Course : ITrainingCallback, IDisposable
    {
        private readonly NetworkTraining<T> training;
        private readonly Trainer<T, IReadOnlyList<int>> trainer;
        private readonly CancellationToken cancellation;
        private Evaluation? evaluation;

        public Course(NetworkTraining<T> training, Dataset fold, int epochs, CancellationToken cancellation)
        {
            (this.training, this.cancellation) = (training, cancellation);

            // Threads go to trials.
            training.Optimizer.MaxThreads = 1;
            trainer = new(training.Optimizer, training.LossAndGradient)
            {
                Options = new() { Epochs = epochs, TrackBest = false, StopOnNonFiniteLoss = false },
                Validate = () => (evaluation = training.Evaluate(fold.Test, cancellation)).Loss,
                Callbacks = [training, this],
            };
        }

        public Evaluation Epoch() => trainer.Run(training.Batches.Epoch, cancellation).End == TrainingEnd.Cancelled
            ? throw new OperationCanceledException(cancellation)
            : evaluation!;

        public bool OnEpoch(EpochSummary epoch) => false;

        public void Dispose() => training.Dispose();
    }
}
