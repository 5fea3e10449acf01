using System.Numerics;
using Optim.Cli.Training;
using Optim.CSharp;
using Optim.Networks;

namespace Optim.Cli.Tune;

/// <summary>A model's validation result after an epoch.</summary>
internal sealed record FitPoint(int Epoch, double Loss, double Accuracy);

/// <summary>Trains a model with the same weights and batches each time, and checks after each epoch whether to continue.</summary>
/// <param name="network">The model.</param>
/// <param name="folds">Training and validation images; with several folds one model each is trained, and the mean counts.</param>
/// <param name="batchSize">The batch size.</param>
/// <param name="seed">Determines the weights and the batches.</param>
internal sealed class Fit<T>(Network<T> network, IReadOnlyList<Dataset> folds, int batchSize, long seed)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The backend of the steps.</summary>
    public Backend Backend { get; init; } = Backend.Simd;

    /// <summary>Steps per epoch.</summary>
    public long StepsPerEpoch => (folds[0].Training.Count + batchSize - 1) / batchSize;

    /// <summary>Trains with a rule.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="epochs">The number of epochs.</param>
    /// <param name="shouldStop">Receives the result after each epoch; returns whether to stop.</param>
    /// <param name="cancellation">Ends the run early, with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The final result.</returns>
    public FitPoint Run(Rule rule, int epochs, Func<FitPoint, bool> shouldStop, CancellationToken cancellation)
    {
        var courses = new List<Course>();
        try
        {
            courses.AddRange(folds.Select(fold => new Course(new(network, fold, rule, batchSize, seed), fold, epochs, Backend, cancellation)));
            for (int epoch = 1; ; epoch++)
            {
                var ends = courses.Select(course => course.Epoch()).ToList();
                var point = new FitPoint(epoch, ends.Average(end => end.Loss), ends.Average(end => end.Score));
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

    private readonly record struct FitEnd(double Loss, double Score);

    /// <summary>The training on one fold, which pauses after each epoch.</summary>
    private sealed class Course : ITrainingCallback, IDisposable
    {
        private readonly NetworkTraining<T> training;
        private readonly Trainer<T, IReadOnlyList<int>> trainer;
        private readonly Dataset fold;
        private readonly CancellationToken cancellation;
        private Evaluation? evaluation;

        public Course(NetworkTraining<T> training, Dataset fold, int epochs, Backend backend, CancellationToken cancellation)
        {
            (this.training, this.fold, this.cancellation) = (training, fold, cancellation);

            // Threads go to trials.
            training.StepBy(maxThreads: 1, backend);
            trainer = new(training.Optimizer, training.LossAndGradient)
            {
                Options = new() { Epochs = epochs, TrackBest = false, StopOnNonFiniteLoss = false },
                Validate = () => (evaluation = training.Evaluate(fold.Test, cancellation)).Loss,
                EvaluatesAverages = false,
                Callbacks = [training, this],
            };
        }

        public FitEnd Epoch() => trainer.Run(training.Batches.Epoch, cancellation).End == TrainingEnd.Cancelled
            ? throw new OperationCanceledException(cancellation)
            : new(evaluation!.Loss, Score.Of(fold, evaluation, fold.Test));

        public bool OnEpoch(EpochSummary epoch) => false;

        public void Dispose() => training.Dispose();
    }
}
