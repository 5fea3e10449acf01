using Optim.CSharp;
using Xunit;

namespace Optim.Distributed.Tests;

/// <summary>Where one rank fails, all end, each with an error that says which; nobody waits for ever. The work catches what it ends by, so that the communicator itself knows of no failure: as processes that handle their exceptions.</summary>
public class FailureTests
{
    public static TheoryData<int, bool> Cases => new() { { 2, false }, { 2, true }, { 3, false }, { 3, true }, { 5, true }, { 8, false } };

    [Theory]
    [MemberData(nameof(Cases))]
    public void An_objective_that_throws_on_one_rank_ends_all(int size, bool divided) => Ends(size, ranks =>
    {
        using var toy = new Toy(ranks, divided);
        int calls = 0;
        toy.Trainer(items => ranks.Rank == 1 && ++calls == 5 ? throw new TimeZoneNotFoundException("no disk") : toy.Objective(items)).Distributed(ranks).Run(toy.Batches);
    });

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_callback_that_throws_on_one_rank_ends_all(int size, bool divided) => Ends(size, ranks =>
    {
        using var toy = new Toy(ranks, divided);
        ITrainingCallback[] callbacks = ranks.Rank == 1 ? [new Callback(step => step == 3 ? throw new TimeZoneNotFoundException("no disk") : true)] : [];
        toy.Trainer(null, callbacks).Distributed(ranks).Run(toy.Batches);
    });

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_validation_that_throws_on_one_rank_ends_all(int size, bool divided) => Ends(size, ranks =>
    {
        using var toy = new Toy(ranks, divided);
        var trainer = new Trainer<float, IReadOnlyList<int>>(toy.Optimizer, toy.Objective) { Validate = () => ranks.Rank == 1 ? throw new TimeZoneNotFoundException("no disk") : 1 };
        trainer.Distributed(ranks).Run(toy.Batches);
    });

    [Theory]
    [MemberData(nameof(Cases))]
    public void Batches_that_cannot_be_read_on_one_rank_end_all(int size, bool divided) => Ends(size, ranks =>
    {
        using var toy = new Toy(ranks, divided);
        toy.Trainer().Distributed(ranks).Run(epoch => toy.Batches(epoch).Select((batch, i) => ranks.Rank == 1 && i == 3 ? throw new TimeZoneNotFoundException("no disk") : batch));
    });

    [Theory]
    [InlineData(2, 3)]
    [InlineData(2, 12)]
    [InlineData(3, 3)]
    [InlineData(5, 12)]
    public void Progress_that_cannot_be_shown_ends_all_be_it_of_the_last_step(int size, int step) => Ends(
        size,
        ranks =>
        {
            using var toy = new Toy(ranks, divided: true);
            new Trainer<float, IReadOnlyList<int>>(toy.Optimizer, toy.Objective)
            {
                Options = new() { Epochs = 2, TrackBest = false }, Progress = new Progress(progress => _ = progress.Step == step ? throw new TimeZoneNotFoundException("no disk") : true),
            }.Distributed(ranks).Run(toy.Batches);
        },
        failing: 0);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Whoever_is_cancelled_ends_all_with_an_error_that_names_it(int size, bool divided)
    {
        Exception?[] ends = [.. LocalCommunicator.Run(size, ranks =>
        {
            using var toy = new Toy(ranks, divided);
            using var cancelled = new CancellationTokenSource();
            bool saved = false;
            var trainer = new Trainer<float, IReadOnlyList<int>>(toy.Optimizer, toy.Objective)
            {
                Options = new() { Epochs = 2, TrackBest = false },
                Checkpoint = (_, _) =>
                {
                    saved = true;
                    return ValueTask.CompletedTask;
                },
            }.Distributed(ranks);
            var end = Record.Exception(() => trainer.Run(
                epoch => toy.Batches(epoch).Select((batch, i) =>
                {
                    if (ranks.Rank == 1 && i == 3)
                    {
                        cancelled.Cancel();
                    }

                    return batch;
                }),
                cancelled.Token));
            Assert.False(saved);
            return end;
        })];
        Assert.IsAssignableFrom<OperationCanceledException>(ends[1]);
        Assert.All(ends.Where((_, rank) => rank != 1), end => Assert.Equal(FormattableString.Invariant($"Rank 1 of {size} was cancelled, which ends all."), Assert.IsType<RankFailedException>(end).Message));
    }

    [Fact]
    public void On_one_rank_a_cancelled_training_ends_and_saves_as_in_one_process()
    {
        var (end, saved) = LocalCommunicator.Run(1, ranks =>
        {
            using var toy = new Toy(ranks, divided: true);
            long saved = -1;
            var trainer = new Trainer<float, IReadOnlyList<int>>(toy.Optimizer, toy.Objective)
            {
                Options = new() { TrackBest = false },
                Checkpoint = (checkpoint, _) =>
                {
                    saved = checkpoint.State.StepCount;
                    return ValueTask.CompletedTask;
                },
            }.Distributed(ranks);
            return (trainer.Run(toy.Batches, new(canceled: true)).End, saved);
        })[0];
        Assert.Equal((TrainingEnd.Cancelled, 0L), (end, saved));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void A_trainer_that_cannot_be_distributed_on_one_rank_ends_all(int size)
    {
        Exception?[] ends = [.. LocalCommunicator.Run(size, ranks =>
        {
            using var toy = new Toy(ranks, divided: false);
            return Record.Exception(() => toy.Trainer().Distributed(ranks, ranks.Rank == 1 ? 7 : 16).Run(toy.Batches));
        })];
        Assert.IsType<ArgumentException>(ends[1]);
        Assert.All(ends.Where((_, rank) => rank != 1), end => Assert.Equal(1, Assert.IsType<RankFailedException>(end).Rank));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void What_is_done_at_the_evaluation_parameters_ends_all_where_it_throws(int size) => Ends(size, ranks =>
    {
        using var toy = new Toy(ranks, divided: true);
        toy.Divided!.AtEvaluationParameters(() => ranks.Rank == 1 ? throw new TimeZoneNotFoundException("no disk") : 1);
    });

    [Fact]
    public void A_failure_is_told_once_though_it_passes_through_several_exchanges()
    {
        Exception?[] ends = [.. LocalCommunicator.Run(2, ranks => Record.Exception(() => Agreement.Own(ranks, () =>
        {
            try
            {
                return Agreement.All(ranks, () => ranks.Rank == 1 ? throw new TimeZoneNotFoundException("no disk") : 1);
            }
            catch (TimeZoneNotFoundException e)
            {
                throw new InvalidOperationException("wrapped", e);
            }
        })))];
        Assert.Equal("wrapped", Assert.IsType<InvalidOperationException>(ends[1]).Message);
        Assert.Equal(1, Assert.IsType<RankFailedException>(ends[0]).Rank);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void A_whole_state_that_the_first_rank_cannot_save_ends_all(int size) => Ends(
        size,
        ranks =>
        {
            using var toy = new Toy(ranks, divided: false);
            var trainer = new Trainer<float, IReadOnlyList<int>>(toy.Optimizer, toy.Objective)
            {
                Options = new() { CheckpointEvery = 2 }, Checkpoint = ranks.Rank == 0 ? (_, _) => throw new TimeZoneNotFoundException("no disk") : null,
            };
            trainer.Distributed(ranks).Run(toy.Batches);
        },
        failing: 0);

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public void A_gradient_of_a_fold_that_throws_on_one_rank_ends_all(int size) => Ends(size, ranks =>
        ranks.Mean([.. Enumerable.Range(0, 40)], items => ranks.Rank == 1 && items.Count > 0 ? throw new TimeZoneNotFoundException("no disk") : TensorSet.OfValues<double>(Layout.OfVector(2), [1.0, items[0]])));

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void A_state_that_one_rank_cannot_load_ends_all(int size)
    {
        var other = Optimizer.Init(new AdamW(), TensorSet.OfValues<float>(Layout.OfVector(3), [1f, 2f, 3f]));
        Exception?[] ends = [.. LocalCommunicator.Run(size, ranks =>
        {
            using var toy = new Toy(ranks, divided: true);
            var own = toy.Divided!.Snapshot();
            return Record.Exception(() => toy.Divided!.Load(ranks.Rank == 1 ? other : own));
        })];
        Assert.IsType<ArgumentException>(ends[1]);
        Assert.All(ends.Where((_, rank) => rank != 1), end => Assert.Equal(1, Assert.IsType<RankFailedException>(end).Rank));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_callback_of_any_rank_ends_the_training_on_all(int size)
    {
        Assert.All(
            LocalCommunicator.Run(size, ranks =>
            {
                using var toy = new Toy(ranks, divided: true);
                ITrainingCallback[] callbacks = ranks.Rank == size - 1 ? [new Callback(step => step < 3)] : [];
                var result = toy.Trainer(null, callbacks).Distributed(ranks).Run(toy.Batches);
                return (result.End, toy.Optimizer.StepCount);
            }),
            end => Assert.Equal((TrainingEnd.StoppedByCallback, 3L), end));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_training_that_was_resumed_before_it_was_distributed_goes_on_where_it_was(bool divided)
    {
        float[] uncut = LocalCommunicator.Run(1, ranks => Run(ranks, divided, checkpoint: null).Weights)[0];
        var half = LocalCommunicator.Run(1, ranks => Run(ranks, divided: false, checkpoint: null, stop: 4).Checkpoint)[0];
        Assert.Equal((0, 4), (half.Position.Epoch, half.Position.Batch));
        Assert.All(LocalCommunicator.Run(2, ranks => Run(ranks, divided, half).Weights), weights => Assert.Equal(uncut, weights));

        static (float[] Weights, TrainingCheckpoint<float> Checkpoint) Run(ICommunicator ranks, bool divided, TrainingCheckpoint<float>? checkpoint, int stop = int.MaxValue)
        {
            using var toy = new Toy(ranks, divided);
            var trainer = toy.Trainer(null, new Callback(step => step < stop));
            if (checkpoint is not null)
            {
                trainer.Resume(checkpoint);
            }

            var result = trainer.Distributed(ranks).Run(toy.Batches);
            return (toy.Weights, new(result.State, result.Position, null));
        }
    }

    /// <summary>One rank throws what it has failed of, the others an error that names it.</summary>
    private static void Ends(int size, Action<ICommunicator> work, int failing = 1)
    {
        Exception?[] ends = [.. LocalCommunicator.Run(size, ranks => Record.Exception(() => work(ranks)))];
        Assert.Equal("no disk", Assert.IsType<TimeZoneNotFoundException>(ends[failing]).Message);
        Assert.All(ends.Where((_, rank) => rank != failing), end =>
        {
            var failed = Assert.IsType<RankFailedException>(end);
            Assert.Equal(failing, failed.Rank);
            Assert.Equal(FormattableString.Invariant($"Rank {failing} of {size} failed: TimeZoneNotFoundException: no disk"), failed.Message);
        });
    }

    private sealed class Callback(Func<long, bool> goesOn) : ITrainingCallback
    {
        public bool OnStep(TrainingProgress progress) => goesOn(progress.Step);
    }

    private sealed class Progress(Action<TrainingProgress> told) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => told(value);
    }
}
