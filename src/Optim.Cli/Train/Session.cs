using System.Diagnostics;
using System.Numerics;
using Optim.Cli.Training;
using Optim.Networks;

namespace Optim.Cli.Train;

/// <summary>How a training ended.</summary>
internal enum TrainingEnd
{
    /// <summary>All epochs are over.</summary>
    Finished,

    /// <summary>It was asked to end, and did after a whole step: it can go on from there.</summary>
    Interrupted,

    /// <summary>Loss or gradient were no numbers any more; the state is that before the step.</summary>
    Diverged,
}

/// <summary>
/// A training that can end after any step and go on from there with the same bits: the order of the images is a function of seed and epoch, what
/// dropout leaves out one of seed and step, and all else is in the optimizer's state, the model's statistics and the history.
/// </summary>
internal sealed class Session<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Network<T> model;
    private readonly Dataset data;

    /// <summary>Puts together what a training is made of: from the beginning, or as it was saved.</summary>
    /// <param name="settings">What decides the numbers.</param>
    /// <param name="data">What is trained on.</param>
    /// <param name="model">What is trained.</param>
    /// <param name="state">The optimizer's state.</param>
    /// <param name="statistics">The model's statistics.</param>
    /// <param name="history">What was seen so far.</param>
    public Session(TrainSettings settings, Dataset data, Network<T> model, OptimizerState<T> state, TensorSet<T> statistics, History history)
    {
        this.model = model;
        this.data = data;
        Settings = settings;
        StepsPerEpoch = StepsOf(settings, data);
        State = state;
        Statistics = statistics;
        History = history;
    }

    /// <summary>What decides the numbers.</summary>
    public TrainSettings Settings { get; }

    /// <summary>The steps of an epoch.</summary>
    public int StepsPerEpoch { get; }

    /// <summary>The optimizer's state; each step takes its place.</summary>
    public OptimizerState<T> State { get; private set; }

    /// <summary>The model's statistics.</summary>
    public TensorSet<T> Statistics { get; private set; }

    /// <summary>What was seen so far.</summary>
    public History History { get; }

    /// <summary>The epochs that are over, and the steps of the one that is not.</summary>
    public (int Epochs, int Steps) Position => (History.Epochs.Count, History.Steps.Count - (History.Epochs.Count * StepsPerEpoch));

    /// <summary>The time spent in <c>Optimizer.Step</c>, here and not before.</summary>
    public TimeSpan OptimizerTime { get; private set; }

    /// <summary>What the step that was not taken saw; null but where the training diverged.</summary>
    public StepPoint? Divergence { get; private set; }

    /// <summary>The steps of an epoch: the last one takes what is left.</summary>
    public static int StepsOf(TrainSettings settings, Dataset data) => (data.Training.Count + settings.BatchSize - 1) / settings.BatchSize;

    /// <summary>A training from its beginning.</summary>
    public static Session<T> Begin(TrainSettings settings, Dataset data, Network<T> model)
    {
        int steps = StepsOf(settings, data);
        var rule = settings.CreateRule((long)steps * settings.Epochs, steps);
        var (parameters, statistics) = (model.Initialize(settings.Seed), model.InitialStatistics);
        return new(settings, data, model, Optimizer.Init(rule, parameters), statistics, new([], []));
    }

    /// <summary>Trains until all epochs are over, or as far as it may or can.</summary>
    /// <param name="watcher">Told how it goes on.</param>
    /// <param name="threads">The most threads of a step; no number depends on it.</param>
    /// <param name="cancellation">Asks it to end after the step that it is at.</param>
    public TrainingEnd Run(ITrainingWatcher watcher, int threads, CancellationToken cancellation)
    {
        State = State.WithMaxThreads(threads).WithBackend(Settings.Backend);
        var order = new SeededRandom(Settings.Seed, Streams.Batches);
        for (int epoch = 0; epoch < Position.Epochs; epoch++)
        {
            order.Permutation(data.Training.Count);
        }

        while (Position.Epochs < Settings.Epochs)
        {
            long begin = Stopwatch.GetTimestamp();
            foreach (int[] rows in order.Permutation(data.Training.Count).Chunk(Settings.BatchSize).Skip(Position.Steps))
            {
                if (cancellation.IsCancellationRequested)
                {
                    return TrainingEnd.Interrupted;
                }

                if (!TryStep(rows))
                {
                    return TrainingEnd.Diverged;
                }

                watcher.OnStep(Position.Epochs + 1, Position.Steps, History);
            }

            try
            {
                Record(begin, cancellation);
            }
            catch (OperationCanceledException)
            {
                return TrainingEnd.Interrupted;
            }

            watcher.OnEpoch(History);
        }

        return TrainingEnd.Finished;
    }

    /// <summary>The class that each held-out image is taken for.</summary>
    public IReadOnlyList<int> Classify(CancellationToken cancellation) => model.Classify(State.EvaluationParameters, Statistics, data.Test, cancellation);

    private static double RateOf(OptimizerState<T> state)
    {
        double[] rates = [.. state.Hyperparameters.Where(value => value.Key.EndsWith("LearningRate", StringComparison.Ordinal)).Select(value => value.Value).Take(1)];
        return rates is [var rate] ? rate : double.NaN;
    }

    /// <summary>Takes a step, unless it would be on what is no number.</summary>
    private bool TryStep(int[] rows)
    {
        var batch = data.Training.Batch<T>(rows);
        var (statistics, step) = (Statistics, History.Steps.Count);
        var derivative = At(State.Parameters);
        var point = new StepPoint(derivative.Loss, derivative.Correct, rows.Length, RateOf(State), derivative.Gradient.Norm());
        if (!double.IsFinite(point.Loss) || !double.IsFinite(point.GradientNorm))
        {
            Divergence = point;
            return false;
        }

        long before = Stopwatch.GetTimestamp();
        State = Optimizer.Step(
            State.Donate(), derivative.Gradient, derivative.Loss,
            objective: Settings.Optimizer.NeedsObjective ? Objective : null).Item1;
        OptimizerTime += Stopwatch.GetElapsedTime(before);
        Statistics = derivative.Statistics;
        History.Add(point);
        return true;

        Derivative<T> At(TensorSet<T> parameters) => model.Differentiate(parameters, statistics, batch, new(Settings.Seed, Streams.DropoutOf(step)));

        Tuple<double, TensorSet<T>> Objective(TensorSet<T> parameters)
        {
            var there = At(parameters);
            return Tuple.Create(there.Loss, there.Gradient);
        }
    }

    private void Record(long begin, CancellationToken cancellation)
    {
        var (trainingLoss, trainingAccuracy) = History.Mean(StepsPerEpoch);
        var (testLoss, testAccuracy) = model.Evaluate(State.EvaluationParameters, Statistics, data.Test, cancellation);
        History.Add(new EpochSummary(Position.Epochs + 1, trainingLoss, trainingAccuracy, testLoss, testAccuracy, Stopwatch.GetElapsedTime(begin).TotalSeconds));
    }
}
