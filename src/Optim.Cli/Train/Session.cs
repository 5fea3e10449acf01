using System.Diagnostics;
using System.Numerics;
using Optim.Cli.Training;
using Optim.CSharp;
using Optim.Distributed;
using Optim.Networks;

namespace Optim.Cli.Train;

/// <summary>
/// A training run that can be interrupted after any step and resumed with the same bits, with the library's trainer: the order of the images is a function of seed and epoch,
/// dropout one of seed and step, and everything else is in the checkpoint: the optimizer's state, the position, and, as the model's state, its statistics and the history.
/// </summary>
internal sealed class Session<T> : IModelState<T>, ITrainingCallback, IDisposable
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Network<T> network;
    private readonly Dataset data;
    private readonly NetworkTraining<T> training;
    private readonly TrainingCheckpoint<T>? begun;
    private readonly ICommunicator ranks;
    private Evaluation? evaluation;
    private StepPoint next;
    private long told;

    /// <summary>Starts a training run, or resumes it from a checkpoint.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="data">The data.</param>
    /// <param name="network">The network.</param>
    /// <param name="checkpoint">The checkpoint to resume; null to start.</param>
    /// <param name="ranks">The ranks that compute the shards of a batch, where the settings have shards; this process alone by default.</param>
    /// <param name="divideStates">Whether each rank keeps a part of the optimizer's state alone, where the settings have shards; the bits are the same.</param>
    /// <exception cref="ArgumentException">The checkpoint belongs to another network; or the state is to be divided, and the rule cannot be stepped in parts.</exception>
    public Session(TrainSettings settings, Dataset data, Network<T> network, TrainingCheckpoint<T>? checkpoint = null, ICommunicator? ranks = null, bool divideStates = false)
    {
        this.ranks = ranks ?? LocalCommunicator.Alone();
        (this.network, this.data, Settings, begun) = (network, data, settings, checkpoint);
        StepsPerEpoch = StepsOf(settings, data);
        training = new(
            network, data, checkpoint?.State.Rule ?? settings.CreateRule((long)StepsPerEpoch * settings.Epochs, StepsPerEpoch), settings.BatchSize, settings.Seed,
            step => new(settings.Seed, Streams.DropoutOf(step)),
            settings.Shards is { } shards ? new(this.ranks, shards, divideStates, (step, shard) => new(settings.Seed, Streams.DropoutOf(checked((step * shards) + shard)))) : null);
        if (checkpoint is not null)
        {
            training.Optimizer.Load(checkpoint.State);
            Restore(checkpoint.Model!);
        }
    }

    /// <summary>The settings.</summary>
    public TrainSettings Settings { get; }

    /// <summary>The steps of an epoch.</summary>
    public int StepsPerEpoch { get; }

    /// <summary>The optimizer's state; a copy.</summary>
    public OptimizerState<T> State => training.Optimizer.Snapshot();

    /// <summary>The rule.</summary>
    public Rule Rule => training.Optimizer.Rule;

    /// <summary>The network's statistics.</summary>
    public TensorSet<T> Statistics => training.Statistics;

    /// <summary>The history so far.</summary>
    public History History { get; } = new();

    /// <summary>The duration before this session; 0 if there was none.</summary>
    public double SecondsBefore { get; private set; }

    /// <summary>The completed epochs, and the steps of the current one.</summary>
    public (int Epochs, int Steps) Position => (History.Epochs.Count, History.Steps.Count - (History.Epochs.Count * StepsPerEpoch));

    /// <summary>The time spent in the optimizer's steps in this session.</summary>
    public TimeSpan OptimizerTime => training.OptimizerTime;

    /// <summary>The record of the step that was not taken; null unless training diverged.</summary>
    public StepPoint? Divergence { get; private set; }

    /// <summary>The steps of an epoch, including a smaller last batch.</summary>
    public static int StepsOf(TrainSettings settings, Dataset data) => (data.Training.Count + settings.BatchSize - 1) / settings.BatchSize;

    /// <summary>Trains until all epochs are completed or it is cancelled; if the loss or gradient is not finite it stops before that step, with a <see cref="Divergence"/>.</summary>
    /// <param name="watcher">Receives progress; null for none.</param>
    /// <param name="threads">The maximum number of threads per step; no result depends on it.</param>
    /// <param name="file">The file to save to after each epoch and at the end, unless it diverges; null for none. The first rank alone writes it.</param>
    /// <param name="cancellation">Cancels after the current step.</param>
    public TrainingEnd Run(ITrainingCallback? watcher, int threads, TrainingCheckpointFile<T>? file, CancellationToken cancellation)
    {
        training.StepBy(threads, Settings.Backend);
        var trainer = new Trainer<T, IReadOnlyList<int>>(training.Optimizer, training.LossAndGradient)
        {
            // What is not finite is told with its step and its rate: BeforeStep.
            Options = new() { Epochs = Settings.Epochs, TrackBest = false, CheckpointEachEpoch = true, StopOnNonFiniteLoss = false },
            EvaluatesAgain = Settings.Optimizer.NeedsObjective,
            Model = this,
            Validate = () => (evaluation = training.Evaluate(data.Test, cancellation)).Loss,
            EvaluatesAverages = false,
            Peers = ranks.AsPeers(),
            Callbacks = watcher is null ? [training, this] : [training, this, watcher],
            Checkpoint = file is null ? null : (checkpoint, token) => Divergence is null && training.WholeState(checkpoint.State) is { } state ? file.SaveAsync(checkpoint with { State = state }, token) : ValueTask.CompletedTask,
        };
        if (begun is not null)
        {
            trainer.Resume(begun);
        }

        SecondsBefore = History.Seconds(StepsPerEpoch);
        told = Stopwatch.GetTimestamp();
        return trainer.Run(training.Batches.Epoch, cancellation).End;
    }

    /// <summary>The predicted class of each held-out image.</summary>
    public IReadOnlyList<int> Classify(CancellationToken cancellation) => training.Classify(cancellation);

    /// <summary>Evaluates the network on the held-out examples.</summary>
    public Evaluation Evaluate(CancellationToken cancellation) => training.Evaluate(data.Test, cancellation);

    /// <inheritdoc/>
    public bool BeforeStep(TrainingProgress progress)
    {
        var (batch, optimizer) = (training.Current, training.Optimizer);
        double[] rates = [.. optimizer.Hyperparameters.Where(value => value.Key.EndsWith("LearningRate", StringComparison.Ordinal)).Select(value => value.Value).Take(1)];
        int count = Math.Min(Settings.BatchSize, data.Training.Count - (progress.Batch * Settings.BatchSize));
        next = new(batch.Loss, batch.Correct, count, rates is [var rate] ? rate : double.NaN, training.GradientNorm());
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
        double trainingScore = data.Target is null ? trainingAccuracy : Score.Explained(trainingLoss, data.Training);
        double seconds = History.Steps.Skip(History.Epochs.Count * StepsPerEpoch).Sum(step => step.Seconds) + SinceTold();
        History.Add(new EpochFigures(epoch.Epoch + 1, trainingLoss, trainingScore, evaluation!.Loss, Score.Of(data, evaluation, data.Test), seconds));
        return true;
    }

    /// <summary>The seconds since the last call, or since the start of the session.</summary>
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
