using System.Diagnostics;
using System.Diagnostics.Metrics;
using Optim.CSharp;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.CSharp;

public class TrainerTests(ITestOutputHelper output)
{
    [Fact]
    public void A_training_cut_anywhere_and_resumed_ends_in_the_same_bits() => Law.Check(
        output, Cases.Of(draw => (Rule: AnyRule.Tree(draw, 1), Epochs: draw.Integer(1, 4), Every: draw.Integer(1, 6), Cut: draw.Integer(0, 20), Validates: draw.Coin(), Patience: draw.OneIn(3) ? 1 : 9)),
        c =>
        {
            var checkpoints = new List<TrainingCheckpoint<double>>();
            var options = new TrainerOptions { Epochs = c.Epochs, CheckpointEvery = c.Every, EarlyStoppingPatience = c.Patience };
            var whole = new Fit(c.Rule).Trainer(options, c.Validates, checkpoints);
            var expected = whole.Run(Fit.Loader.Epoch);
            var cut = checkpoints[c.Cut % checkpoints.Count];
            var other = new Fit(c.Rule);
            var resumed = other.Trainer(options, c.Validates, []);
            resumed.Resume(cut);
            var actual = resumed.Run(Fit.Loader.Epoch);
            Assert.Equal(expected.End, actual.End);
            Assert.Equal(expected.Position, actual.Position);
            Assert.Equal(expected.BestLoss, actual.BestLoss);
            Same.Bits(expected.State, actual.State);
            if (expected.Best is not null)
            {
                Same.Bits(expected.Best, actual.Best!);
            }
        }, count: 60);

    [Fact]
    public void A_training_resumed_from_files_ends_in_the_same_bits_and_leaves_no_file_that_nobody_names() => Law.Check(
        output, Cases.Of(draw => (Rule: AnyRule.Tree(draw, 1), Every: draw.Integer(1, 6), Stop: draw.Integer(1, 12), Keep: draw.Integer(1, 3), Validates: draw.Coin())),
        c =>
        {
            var options = new TrainerOptions { Epochs = 3, CheckpointEvery = c.Every, EarlyStoppingPatience = 9 };
            var expected = new Fit(c.Rule).Trainer(options, c.Validates, []).Run(Fit.Loader.Epoch);
            var directory = Directory.CreateTempSubdirectory("optim-training-");
            try
            {
                // Cancelled in the middle, as by Ctrl-C.
                using var stop = new CancellationTokenSource();
                var folder = new TrainingCheckpointFolder<double>(directory.FullName, c.Keep, saveRule: false);
                Assert.Null(folder.LoadLatest());
                int saved = 0;
                new Fit(c.Rule).Trainer(options, c.Validates, save: async (checkpoint, cancellation) =>
                {
                    await folder.SaveAsync(checkpoint, CancellationToken.None);
                    if (++saved == c.Stop)
                    {
                        await stop.CancelAsync();
                    }
                }).Run(Fit.Loader.Epoch, stop.Token);

                var again = new TrainingCheckpointFolder<double>(directory.FullName, c.Keep, saveRule: false);
                var resumed = new Fit(c.Rule).Trainer(options, c.Validates, save: again.SaveAsync);
                resumed.Resume(again.LoadLatest(c.Rule)!);
                var actual = resumed.Run(Fit.Loader.Epoch);
                Assert.Equal(expected.Position, actual.Position);
                Assert.Equal(expected.BestLoss, actual.BestLoss);
                Same.Bits(expected.State, actual.State);
                Assert.Equal(expected.Best is null, actual.Best is null);
                if (expected.Best is not null)
                {
                    Same.Bits(expected.Best, actual.Best!);
                }

                string[] files = [.. directory.EnumerateFiles().Select(file => file.Name).Order(StringComparer.Ordinal)];
                var states = files.Where(name => name.StartsWith("step-", StringComparison.Ordinal)).ToList();
                Assert.InRange(states.Count, 1, c.Keep);
                var named = states.Select(name => Optim.Checkpoint.Notes(Path.Combine(directory.FullName, name)).GetValueOrDefault("training.best")).Where(name => name is not null).Distinct();
                Assert.Equal(files.Except(states), named.Order(StringComparer.Ordinal)!);
            }
            finally
            {
                directory.Delete(recursive: true);
            }
        }, count: 40);

    [Fact]
    public void A_training_is_steps_of_the_core()
    {
        var fit = new Fit(new Adam { LearningRate = 0.1 });
        var model = Optimizer.Init(new Adam { LearningRate = 0.1 }, TensorSet.OfTensors(Given.Vector("w", 0.0, 0.0)));
        var result = fit.Trainer(new() { Epochs = 3 }).Run(Fit.Loader.Epoch);
        for (int epoch = 0; epoch < 3; epoch++)
        {
            foreach (var batch in Fit.Loader.Epoch(epoch))
            {
                double[] gradient = new double[2];
                Fit.Loss(model.Parameters.Span, gradient, batch);
                model = Optimizer.Step(model, TensorSet.OfTensors(Given.Vector("w", gradient))).Item1;
            }
        }

        Same.Bits(model, result.State);
        Assert.Equal(TrainingEnd.Completed, result.End);
        Assert.Equal(3, result.Position.Epoch);
        Assert.StartsWith("Completed at step 15 after 3 epochs and 0 batches, losses ", result.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Batches_that_arrive_train_as_batches_that_are_there()
    {
        var there = new Fit(new AdamW()).Trainer(new() { Epochs = 2 }).Run(Fit.Loader.Epoch);
        var arrived = await new Fit(new AdamW()).Trainer(new() { Epochs = 2 }).RunAsync((epoch, _) => Later(Fit.Loader.Epoch(epoch)));
        Same.Bits(there.State, arrived.State);
    }

    [Fact]
    public async Task Cancelling_ends_between_two_steps_or_while_waiting()
    {
        using var source = new CancellationTokenSource();
        var fit = new Fit(new Sgd());
        var trainer = new Trainer<double, IReadOnlyList<int>>(fit.Optimizer, batch =>
        {
            source.Cancel();
            return fit.LossAndGradient(batch);
        }) { Options = new() { Epochs = 5 } };
        var result = trainer.Run(Fit.Loader.Epoch, source.Token);
        Assert.Equal((TrainingEnd.Cancelled, 1L), (result.End, result.State.StepCount));

        using var second = new CancellationTokenSource();
        var waiting = await new Fit(new Sgd()).Trainer(new()).RunAsync((_, token) => Never(second, token), second.Token);
        Assert.Equal((TrainingEnd.Cancelled, 0L), (waiting.End, waiting.State.StepCount));
    }

    [Fact]
    public void Training_ends_for_the_reason_it_says()
    {
        Assert.Equal((TrainingEnd.MaxStepsReached, 5L), End(new Fit(new Sgd()).Trainer(new() { Epochs = 9, MaxSteps = 5 })));
        Assert.Equal((TrainingEnd.Completed, 0L), End(new Fit(new Sgd()).Trainer(new() { Epochs = 0 })));
        var fit = new Fit(new Sgd { LearningRate = 1e200 });
        var (end, _) = End(fit.Trainer(new() { Epochs = 9 }));
        Assert.Equal(TrainingEnd.NonFiniteLoss, end);
        var stopping = new Stop(4);
        Assert.Equal((TrainingEnd.StoppedByCallback, 4L), End(new Fit(new Sgd()).Trainer(new() { Epochs = 9 }, callback: stopping)));
        Assert.Equal([0, 1, 2, 3], stopping.Batches);
        // Two epochs without a better one after the first: 3 epochs.
        Assert.Equal((TrainingEnd.EarlyStopped, 3L * Fit.Loader.BatchesPerEpoch), End(new Fit(new Sgd { LearningRate = 0 }).Trainer(new() { Epochs = 9, EarlyStoppingPatience = 2 }, validates: true)));

        static (TrainingEnd End, long Steps) End(Trainer<double, IReadOnlyList<int>> trainer)
        {
            var result = trainer.Run(Fit.Loader.Epoch);
            return (result.End, result.State.StepCount);
        }
    }

    [Fact]
    public void The_best_state_is_kept_and_restored()
    {
        // Ascends: the first epoch is the best.
        var fit = new Fit(new Sgd { LearningRate = 0.05, Maximize = true });
        var result = fit.Trainer(new() { Epochs = 4, RestoreBest = true }, validates: true).Run(Fit.Loader.Epoch);
        Assert.Equal(Fit.Loader.BatchesPerEpoch, result.Best!.StepCount);
        Same.Bits(result.Best, result.State);
        Same.Bits(result.Best, fit.Optimizer.Snapshot());
        Assert.Equal(result.BestLoss, fit.Validate());
    }

    [Fact]
    public void Validation_may_see_averages_and_leaves_the_iterate()
    {
        var fit = new Fit(new ParameterEma(new Sgd { LearningRate = 0.1 }) { Decay = 0.9 });
        double[]? seen = null;
        var trainer = new Trainer<double, IReadOnlyList<int>>(fit.Optimizer, fit.LossAndGradient)
        {
            EvaluatesAverages = true,
            Validate = () =>
            {
                seen = fit.Weights.Values.ToArray();
                return fit.Validate();
            },
        };
        var result = trainer.Run(Fit.Loader.Epoch);
        Assert.Equal(result.State.EvaluationParameters.ToArray(), seen);
        Assert.NotEqual(seen, fit.Weights.Values.ToArray());
        Assert.Equal(result.State.Parameters.ToArray(), fit.Weights.Values.ToArray());
    }

    [Fact]
    public void Sam_trains_on_the_objective_itself()
    {
        var fit = new Fit(new Sam(new Sgd { LearningRate = 0.1 }));
        var trainer = new Trainer<double, IReadOnlyList<int>>(fit.Optimizer, fit.LossAndGradient) { EvaluatesAgain = true, Options = new() { Epochs = 20 } };
        Assert.InRange(trainer.Run(Fit.Loader.Epoch).LastLoss, 0, 0.05);
    }

    [Fact]
    public void Meter_and_activities_say_what_happened()
    {
        using var telemetry = new TrainerTelemetry();
        var (steps, epochs, times, activities) = (0L, 0L, 0, new List<string>());
        using var meters = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter == telemetry.Meter)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        meters.SetMeasurementEventCallback<long>((instrument, value, _, _) => _ = instrument.Name == "optim.training.steps" ? steps += value : epochs += value);
        meters.SetMeasurementEventCallback<double>((instrument, _, _, _) => times += instrument.Name == "optim.training.step.duration" ? 1 : 0);
        meters.Start();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source == telemetry.Activities,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity => activities.Add(activity.OperationName),
        };
        ActivitySource.AddActivityListener(listener);
        var reports = new Reports();
        var fit = new Fit(new Sgd());
        new Trainer<double, IReadOnlyList<int>>(fit.Optimizer, fit.LossAndGradient)
        {
            Telemetry = telemetry, Validate = fit.Validate, Progress = reports, Options = new() { Epochs = 2, ReportEvery = 3 },
        }.Run(Fit.Loader.Epoch);
        int all = 2 * Fit.Loader.BatchesPerEpoch;
        Assert.Equal((all, 2, all), (steps, epochs, times));
        Assert.Equal(["Validate", "Epoch", "Validate", "Epoch", "Train"], activities);
        Assert.Equal(Enumerable.Range(1, all).Where(step => step % 3 == 0).Select(step => (long)step), reports.Steps);
    }

    private static async IAsyncEnumerable<T> Later<T>(IEnumerable<T> items)
    {
        foreach (var item in items)
        {
            await Task.Yield();
            yield return item;
        }
    }

    private static async IAsyncEnumerable<IReadOnlyList<int>> Never(CancellationTokenSource source, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken token)
    {
        source.CancelAfter(20);
        await Task.Delay(Timeout.Infinite, token);
        yield return [];
    }

    private sealed class Reports : IProgress<TrainingProgress>
    {
        public List<long> Steps { get; } = [];

        public void Report(TrainingProgress value) => Steps.Add(value.Step);
    }

    private sealed class Stop(long after) : ITrainingCallback
    {
        public List<int> Batches { get; } = [];

        public bool OnStep(TrainingProgress progress)
        {
            Batches.Add(progress.Batch);
            return progress.Step < after;
        }
    }

    /// <summary>A line through 23 points, y = 2 x - 1, in batches of 5.</summary>
    private sealed class Fit
    {
        public Fit(Rule rule) => Optimizer = InPlaceOptimizer.Create(rule, Weights);

        public static BatchLoader<int> Loader { get; } = new([.. Enumerable.Range(0, 23)], 5);

        public Parameter<double> Weights { get; } = Parameter.Of("w", new double[2]);

        public InPlaceOptimizer<double> Optimizer { get; }

        public static double Loss(ReadOnlySpan<double> w, Span<double> gradient, IReadOnlyList<int> batch)
        {
            double loss = 0;
            foreach (int item in batch)
            {
                double x = (item - 11) / 11.0, error = (w[0] * x) + w[1] - ((2 * x) - 1);
                loss += error * error / batch.Count;
                gradient[0] += 2 * error * x / batch.Count;
                gradient[1] += 2 * error / batch.Count;
            }

            return loss;
        }

        public double LossAndGradient(IReadOnlyList<int> batch)
        {
            Weights.ClearGradient();
            return Loss(Weights.Values.Span, Weights.Gradient.Span, batch);
        }

        public double Validate() => Loss(Weights.Values.Span, new double[2], [.. Enumerable.Range(0, 23)]);

        public Trainer<double, IReadOnlyList<int>> Trainer(
            TrainerOptions options, bool validates = false, List<TrainingCheckpoint<double>>? checkpoints = null, ITrainingCallback? callback = null,
            Func<TrainingCheckpoint<double>, CancellationToken, ValueTask>? save = null) => new(Optimizer, LossAndGradient)
        {
            Options = options,
            Validate = validates ? Validate : null,
            Checkpoint = checkpoints is null ? save : (checkpoint, _) =>
            {
                checkpoints.Add(checkpoint);
                return ValueTask.CompletedTask;
            },
            Callbacks = callback is null ? [] : [callback],
        };
    }
}
