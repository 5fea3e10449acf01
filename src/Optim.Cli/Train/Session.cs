using System.Diagnostics;
using System.Numerics;
using Optim.Cli.Training;
using Optim.CSharp;
using Optim.Networks;

namespace Optim.Cli.Train;

/// <summary>
/// A training that can end after any step and go on from there with the same bits, by the library's trainer: the order of the images is a function of seed and epoch, what
/// dropout leaves out one of seed and step, and all else is in the checkpoint: the optimizer's state, the position, and, as what the model keeps, its statistics and the history.
/// </summary>
internal sealed class Session<T> : IModelState<T>, ITrainingCallback, IDisposable
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Network<T> network;
    private readonly Dataset data;
    private readonly NetworkTraining<T> training;
    private readonly TrainingCheckpoint<T>? begun;
    private Evaluation? evaluation;
    private StepPoint next;
    private long told;

    /// <summary>A training from its beginning, or from a checkpoint.</summary>
    /// <param name="settings">What decides the numbers.</param>
    /// <param name="data">What is trained on.</param>
    /// <param name="network">What is trained.</param>
    /// <param name="checkpoint">Where to go on; null to begin.</param>
    /// <exception cref="ArgumentException">The checkpoint is not of this network.</exception>
    public Session(TrainSettings settings, Dataset data, Network<T> network, TrainingCheckpoint<T>? checkpoint = null)
    {
        (this.network, this.data, Settings, begun) = (network, data, settings, checkpoint);
        StepsPerEpoch = StepsOf(settings, data);
        training = new(
            network, data, checkpoint?.State.Rule ?? settings.CreateRule((long)StepsPerEpoch * settings.Epochs, StepsPerEpoch), settings.BatchSize, settings.Seed,
            step => new(settings.Seed, Streams.DropoutOf(step)));
        if (checkpoint is not null)
        {
            training.Optimizer.Load(checkpoint.State);
            Restore(checkpoint.Model!);
        }
    }

    /// <summary>What decides the numbers.</summary>
    public TrainSettings Settings { get; }

    /// <summary>The steps of an epoch.</summary>
    public int StepsPerEpoch { get; }

    /// <summary>The optimizer's state; a copy.</summary>
    public OptimizerState<T> State => training.Optimizer.Snapshot();

    /// <summary>The rule that trains.</summary>
    public Rule Rule => training.Optimizer.Rule;

    /// <summary>The network's statistics.</summary>
    public TensorSet<T> Statistics => training.Statistics;

    /// <summary>What was seen so far.</summary>
    public History History { get; } = new();

    /// <summary>How long all that was seen before this session took; 0 where there was nothing.</summary>
    public double SecondsBefore { get; private set; }

    /// <summary>The epochs that are over, and the steps of the one that is not.</summary>
    public (int Epochs, int Steps) Position => (History.Epochs.Count, History.Steps.Count - (History.Epochs.Count * StepsPerEpoch));

    /// <summary>The time spent in the optimizer's steps, here and not before.</summary>
    public TimeSpan OptimizerTime => training.OptimizerTime;

    /// <summary>What the step that was not taken saw; null but where the training diverged.</summary>
    public StepPoint? Divergence { get; private set; }

    /// <summary>The steps of an epoch: the last one takes what is left.</summary>
    public static int StepsOf(TrainSettings settings, Dataset data) => (data.Training.Count + settings.BatchSize - 1) / settings.BatchSize;

    /// <summary>Trains until all epochs are over, or as far as it may or can: where loss or gradient are no numbers any more it ends before that step, with a <see cref="Divergence"/>.</summary>
    /// <param name="watcher">Told how it goes on; null for nobody.</param>
    /// <param name="threads">The most threads of a step; no number depends on it.</param>
    /// <param name="file">Where it is saved after each epoch, and where it ends, unless it diverges; null for nowhere.</param>
    /// <param name="cancellation">Asks it to end after the step that it is at.</param>
    public TrainingEnd Run(ITrainingCallback? watcher, int threads, TrainingCheckpointFile<T>? file, CancellationToken cancellation)
    {
        (training.Optimizer.MaxThreads, training.Optimizer.Backend) = (threads, Settings.Backend);
        var trainer = new Trainer<T, IReadOnlyList<int>>(training.Optimizer, training.LossAndGradient)
        {
            // What is not finite is told with its step and its rate: BeforeStep.
            Options = new() { Epochs = Settings.Epochs, TrackBest = false, CheckpointEachEpoch = true, StopOnNonFiniteLoss = false },
            EvaluatesAgain = Settings.Optimizer.NeedsObjective,
            Model = this,
            Validate = () => (evaluation = training.Evaluate(data.Test, cancellation)).Loss,
            Callbacks = watcher is null ? [training, this] : [training, this, watcher],
            Checkpoint = file is null ? null : (checkpoint, token) => Divergence is null ? file.SaveAsync(checkpoint, token) : ValueTask.CompletedTask,
        };
        if (begun is not null)
        {
            trainer.Resume(begun);
        }

        SecondsBefore = History.Seconds(StepsPerEpoch);
        told = Stopwatch.GetTimestamp();
        return trainer.Run(training.Batches.Epoch, cancellation).End;
    }

    /// <summary>The class that each held-out image is taken for.</summary>
    public IReadOnlyList<int> Classify(CancellationToken cancellation) => training.Classify(cancellation);

    /// <summary>How good the network is on the held-out images.</summary>
    public Evaluation Evaluate(CancellationToken cancellation) => training.Evaluate(data.Test, cancellation);

    /// <inheritdoc/>
    public bool BeforeStep(TrainingProgress progress)
    {
        var (derivative, optimizer) = (training.Current, training.Optimizer);
        double[] rates = [.. optimizer.Hyperparameters.Where(value => value.Key.EndsWith("LearningRate", StringComparison.Ordinal)).Select(value => value.Value).Take(1)];
        int count = Math.Min(Settings.BatchSize, data.Training.Count - (progress.Batch * Settings.BatchSize));
        next = new(derivative.Loss, derivative.Correct, count, rates is [var rate] ? rate : double.NaN, derivative.Gradient.Norm());
        if (double.IsFinite(next.Loss) && double.IsFinite(next.GradientNorm))
        {
            return true;
        }

        Divergence = next;
        return false;
    }

    /// <inheritdoc/>
    public bool OnStep(TrainingProgress progress)
    {
        History.Add(next with { Seconds = SinceTold() });
        return true;
    }

    /// <inheritdoc/>
    public bool OnEpoch(EpochSummary epoch)
    {
        var (trainingLoss, trainingAccuracy) = History.Mean(StepsPerEpoch);
        double seconds = History.Steps.Skip(History.Epochs.Count * StepsPerEpoch).Sum(step => step.Seconds) + SinceTold();
        History.Add(new EpochFigures(epoch.Epoch + 1, trainingLoss, trainingAccuracy, evaluation!.Loss, evaluation.Accuracy, seconds));
        return true;
    }

    /// <summary>The seconds since this was last asked, or since the session's beginning.</summary>
    private double SinceTold()
    {
        double seconds = Stopwatch.GetElapsedTime(told).TotalSeconds;
        told = Stopwatch.GetTimestamp();
        return seconds;
    }

    /// <inheritdoc/>
    public ModelState<T> Capture() => new(Statistics, SessionFile.Texts(Settings, data, History));

    /// <inheritdoc/>
    public void Restore(ModelState<T> state)
    {
        var layout = network.StatisticsLayout;
        if (!state.Tensors.Layout.OrderBy(shape => shape.Name, StringComparer.Ordinal).SequenceEqual(layout.OrderBy(shape => shape.Name, StringComparer.Ordinal)))
        {
            throw new ArgumentException($"there must be the statistics of the model, {layout}, and there are {state.Tensors.Layout}.", nameof(state));
        }

        training.Statistics = TensorSet.OfValues<T>(layout, [.. layout.SelectMany(shape => state.Tensors[shape.Name].ToArray())]);
        History.Become(SessionFile.HistoryOf(state.Texts));
    }

    /// <inheritdoc/>
    public void Dispose() => training.Dispose();
}
