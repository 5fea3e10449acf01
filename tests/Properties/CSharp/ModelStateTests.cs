using System.Globalization;
using Optim.CSharp;
using Optim.Properties.Checking;
using Optim.Properties.Checkpoints;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.CSharp;

/// <summary>What a model keeps besides its parameters goes with every checkpoint and with the best state.</summary>
public class ModelStateTests(ITestOutputHelper output)
{
    [Fact]
    public void A_model_with_a_running_mean_and_a_random_stream_cut_anywhere_and_resumed_from_its_file_or_folder_ends_in_the_same_bits() => Law.Check(
        output, Cases.Of(draw => (Rule: AnyRule.Tree(draw, 1), Cut: draw.Integer(0, 14), InFolder: draw.Coin())), c =>
        {
            var whole = new Noisy(c.Rule);
            var expected = whole.Trainer(tracks: c.InFolder).Run(Noisy.Loader.Epoch);
            using TemporaryFolder place = new();
            var (folder, file) = (new TrainingCheckpointFolder<double>(place["run"], saveRule: false), new TrainingCheckpointFile<double>(place["run.safetensors"], saveRule: false));
            using var stop = new CancellationTokenSource();
            var first = new Noisy(c.Rule) { StopAfter = (c.Cut, stop) };
            if (c.Cut == 0)
            {
                stop.Cancel();
            }

            first.Trainer(c.InFolder, c.InFolder ? folder.SaveAsync : file.SaveAsync).Run(Noisy.Loader.Epoch, stop.Token);
            var second = new Noisy(c.Rule);
            var trainer = second.Trainer(tracks: c.InFolder);
            var checkpoint = c.InFolder ? folder.LoadLatest(c.Rule) : file.Load(c.Rule);
            if (checkpoint is null)
            {
                // A state with NaN is not saved: there is nothing to go on from where the rule diverges before it is cut.
                Assert.False(first.Optimizer.Snapshot().Parameters.IsFinite);
                return;
            }

            trainer.Resume(checkpoint);
            var actual = trainer.Run(Noisy.Loader.Epoch);
            Same.Bits(expected.State, actual.State);
            Assert.Equal(expected.Position, actual.Position);
            Assert.Equal(whole.Capture(), second.Capture());
        }, count: 60);

    [Fact]
    public void The_best_state_comes_back_with_what_the_model_kept_then_from_a_folder_too()
    {
        // Ascends: the first epoch is the best.
        var rule = new Sgd { LearningRate = 0.05, Maximize = true };
        using TemporaryFolder place = new();
        ModelState<double>? afterFirst = null;
        var noisy = new Noisy(rule) { OnEpochEnd = model => afterFirst ??= model.Capture() };
        var folder = new TrainingCheckpointFolder<double>(place["run"]);
        var options = new TrainerOptions { Epochs = 3, RestoreBest = true };
        new Trainer<double, IReadOnlyList<int>>(noisy.Optimizer, noisy.LossAndGradient) { Model = noisy, Options = options, Callbacks = [noisy], Checkpoint = folder.SaveAsync }.Run(Noisy.Loader.Epoch);
        Assert.Equal(afterFirst, noisy.Capture());
        Assert.Equal(5, noisy.Optimizer.StepCount);

        var checkpoint = folder.LoadLatest()!;
        Assert.Equal(afterFirst, checkpoint.BestModel);
        Assert.NotEqual(afterFirst, checkpoint.Model);
    }

    [Fact]
    public void A_model_that_keeps_something_and_a_checkpoint_that_has_nothing_of_it_are_refused_and_the_other_way_round()
    {
        var noisy = new Noisy(new Sgd());
        var plain = new TrainingCheckpoint<double>(noisy.Optimizer.Snapshot(), TrainingPosition.Start, null);
        Refused.With<ArgumentException>("checkpoint must hold what the model keeps, and does not.", () => Resumed(noisy.Trainer(false), plain));
        Refused.With<ArgumentException>(
            "checkpoint holds what a model kept, and the trainer has no Model to restore.",
            () => Resumed(new(noisy.Optimizer, noisy.LossAndGradient), plain with { Model = noisy.Capture() }));
        Refused.With<ArgumentException>(
            "checkpoint must have no best state, for which a file has no room: set TrackBest = false, or use a TrainingCheckpointFolder.",
            () => new TrainingCheckpointFile<double>("unused").SaveAsync(plain with { Best = plain.State }).AsTask());
        Assert.Null(new TrainingCheckpointFile<double>("no-such-file").Load());

        static Trainer<double, IReadOnlyList<int>> Resumed(Trainer<double, IReadOnlyList<int>> trainer, TrainingCheckpoint<double> checkpoint)
        {
            trainer.Resume(checkpoint);
            return trainer;
        }
    }

    [Fact]
    public void There_is_a_checkpoint_after_each_epoch_and_one_at_the_end()
    {
        var seen = new List<TrainingPosition>();
        var noisy = new Noisy(new Sgd());
        new Trainer<double, IReadOnlyList<int>>(noisy.Optimizer, noisy.LossAndGradient)
        {
            Options = new() { Epochs = 3, CheckpointEachEpoch = true }, Callbacks = [noisy],
            Checkpoint = (checkpoint, _) =>
            {
                seen.Add(checkpoint.Position);
                return ValueTask.CompletedTask;
            },
        }.Run(Noisy.Loader.Epoch);
        Assert.Equal([(1, 0), (2, 0), (3, 0), (3, 0)], seen.Select(position => (position.Epoch, position.Batch)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_loss_that_is_not_finite_and_a_callback_that_says_no_end_before_the_step(bool again)
    {
        var noisy = new Noisy(new Sam(new Sgd { LearningRate = 0.1 }));
        var result = new Trainer<double, IReadOnlyList<int>>(noisy.Optimizer, _ => double.NaN) { EvaluatesAgain = again }.Run(Noisy.Loader.Epoch);
        Assert.Equal((TrainingEnd.NonFiniteLoss, 0L), (result.End, result.State.StepCount));

        var refusing = new Noisy(new Sgd { LearningRate = 0.1 });
        var stopped = new Trainer<double, IReadOnlyList<int>>(refusing.Optimizer, refusing.LossAndGradient) { EvaluatesAgain = again, Callbacks = [refusing, new Before(3)] };
        var end = stopped.Run(Noisy.Loader.Epoch);
        Assert.Equal((TrainingEnd.StoppedByCallback, 3L, 3), (end.End, end.State.StepCount, end.Position.Batch));
    }

    [Fact]
    public void A_validation_that_is_cancelled_leaves_its_epoch_to_be_validated_again()
    {
        using var stop = new CancellationTokenSource();
        var noisy = new Noisy(new Sgd());
        bool cancels = true;
        var trainer = new Trainer<double, IReadOnlyList<int>>(noisy.Optimizer, noisy.LossAndGradient)
        {
            Callbacks = [noisy],
            Validate = () =>
            {
                if (cancels)
                {
                    stop.Cancel();
                    stop.Token.ThrowIfCancellationRequested();
                }

                return 7;
            },
        };
        var cut = trainer.Run(Noisy.Loader.Epoch, stop.Token);
        Assert.Equal((TrainingEnd.Cancelled, 0, 5), (cut.End, cut.Position.Epoch, cut.Position.Batch));
        cancels = false;
        var rest = trainer.Run(Noisy.Loader.Epoch);
        Assert.Equal((TrainingEnd.Completed, 5L, 7.0), (rest.End, rest.State.StepCount, rest.BestLoss));
    }

    [Fact]
    public void A_checkpoint_has_tensors_of_the_callers_own_in_it_which_its_state_does_not_see()
    {
        using TemporaryFolder place = new();
        string path = place["own.safetensors"];
        var state = Optimizer.Init(new Adam(), TensorSet.OfArray([1.0, 2.0]));
        var own = TensorSet.OfTensors(Given.Vector("b", 3.0), Given.Vector("a", 4.0, 5.0));
        Checkpoint.Save(path, state, tensors: own);
        Assert.Equal(state, Checkpoint.Load<double>(path));
        Assert.Equal(state, Checkpoint.LoadInto(path, state).Item1);
        var read = Checkpoint.Tensors<double>(path);
        Assert.Equal(["a", "b"], read.Layout.Select(shape => shape.Name));
        Assert.Equal([4.0, 5.0, 3.0], read.ToArray());
        Checkpoint.Save(path, state);
        Assert.Empty(Checkpoint.Tensors<double>(path));
    }

    private sealed class Before(long steps) : ITrainingCallback
    {
        public bool BeforeStep(TrainingProgress progress) => progress.Step < steps;
    }

    /// <summary>A line through 23 points, y = 2 x - 1, in batches of 5, whose inputs are centred by a running mean and disturbed by a random stream.</summary>
    private sealed class Noisy : IModelState<double>, ITrainingCallback
    {
        private double mean;
        private ulong random = 1;

        public Noisy(Rule rule) => Optimizer = InPlaceOptimizer.Create(rule, Weights);

        public static BatchLoader<int> Loader { get; } = new([.. Enumerable.Range(0, 23)], 5);

        public Parameter<double> Weights { get; } = Parameter.Of("w", new double[2]);

        public InPlaceOptimizer<double> Optimizer { get; }

        public (int Steps, CancellationTokenSource Source) StopAfter { get; init; }

        public Action<Noisy>? OnEpochEnd { get; init; }

        public Trainer<double, IReadOnlyList<int>> Trainer(bool tracks, Func<TrainingCheckpoint<double>, CancellationToken, ValueTask>? save = null) => new(Optimizer, LossAndGradient)
        {
            Model = this, Callbacks = [this], Checkpoint = save, Options = new() { Epochs = 3, TrackBest = tracks, StopOnNonFiniteLoss = false },
        };

        public double LossAndGradient(IReadOnlyList<int> batch)
        {
            Weights.ClearGradient();
            double loss = 0;
            mean = (0.9 * mean) + (0.1 * batch.Average());
            foreach (int item in batch)
            {
                random = unchecked((random * 6364136223846793005) + 1442695040888963407);
                double x = (item - mean) / 11, error = (Weights.Values.Span[0] * x) + Weights.Values.Span[1] - ((2 * x) - 1) + ((random >> 40) * 1e-9);
                loss += error * error / batch.Count;
                Weights.Gradient.Span[0] += 2 * error * x / batch.Count;
                Weights.Gradient.Span[1] += 2 * error / batch.Count;
            }

            return loss;
        }

        public bool OnStep(TrainingProgress progress)
        {
            if (progress.Step == StopAfter.Steps)
            {
                StopAfter.Source.Cancel();
            }

            return true;
        }

        public bool OnEpoch(EpochSummary epoch)
        {
            OnEpochEnd?.Invoke(this);
            return true;
        }

        public ModelState<double> Capture() => new(
            TensorSet.OfTensors(Given.Vector("mean", mean)), new Dictionary<string, string> { ["random"] = random.ToString(CultureInfo.InvariantCulture) });

        public void Restore(ModelState<double> state) =>
            (mean, random) = (state.Tensors["mean"].Span[0], ulong.Parse(state.Texts["random"], CultureInfo.InvariantCulture));
    }
}
