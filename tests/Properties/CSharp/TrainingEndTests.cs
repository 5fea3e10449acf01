using Optim.CSharp;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.CSharp;

/// <summary>How a training ends: what it says is so, and the last good checkpoint stays (laws 61 and 63).</summary>
public class TrainingEndTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_training_that_ends_non_finite_leaves_the_last_good_checkpoint(bool evaluatesAgain)
    {
        // The fourth batch's loss is NaN.
        var saved = new List<TrainingCheckpoint<double>>();
        int batch = 0;
        var p = Parameter.Of("p", [1.0]);
        var trainer = Trainer(p, new Sgd { LearningRate = 0.1 }, saved, _ => ++batch == 4 ? double.NaN : Quadratic(p), new() { CheckpointEvery = 2 }, evaluatesAgain);
        var result = trainer.Run(_ => Enumerable.Range(0, 9));
        Assert.Equal((TrainingEnd.NonFiniteLoss, 3L), (result.End, result.State.StepCount));
        Assert.Equal([2L], saved.Select(checkpoint => checkpoint.State.StepCount));
    }

    [Fact]
    public void A_state_with_NaN_is_kept_only_where_that_is_asked_for()
    {
        Assert.Equal([1L, 2L], Saved(keeps: false));
        Assert.Equal([1L, 2L, 3L, 4L, 4L], Saved(keeps: true));

        static IEnumerable<long> Saved(bool keeps)
        {
            // The third gradient is NaN, and the run goes on.
            var saved = new List<TrainingCheckpoint<double>>();
            int batch = 0;
            var p = Parameter.Of("p", [1.0]);
            var options = new TrainerOptions { CheckpointEvery = 1, StopOnNonFiniteLoss = false, CheckpointNonFinite = keeps };
            Trainer(p, new Sgd { LearningRate = 0.1 }, saved, _ =>
            {
                double loss = Quadratic(p);
                p.Gradient.Span[0] = ++batch == 3 ? double.NaN : p.Gradient.Span[0];
                return loss;
            }, options).Run(_ => Enumerable.Range(0, 4));
            return saved.Select(checkpoint => checkpoint.State.StepCount);
        }
    }

    [Fact]
    public void What_a_rule_refuses_to_step_on_ends_the_training_and_does_not_leave_it()
    {
        var p = Parameter.Of("p", [1.0]);
        int batch = 0;
        double Objective(int _)
        {
            double loss = Quadratic(p);
            p.Gradient.Span[0] = ++batch > 2 ? double.NaN : p.Gradient.Span[0];
            return loss;
        }

        var lbfgs = Trainer(p, new Lbfgs(), [], Objective, new(), evaluatesAgain: true).Run(_ => Enumerable.Range(0, 9));
        Assert.Equal(TrainingEnd.NonFiniteLoss, lbfgs.End);
        Assert.True(lbfgs.State.Parameters.IsFinite);

        batch = 0;
        p.Values.Span[0] = 1;
        var guarded = new ApplyIfFinite(new Sgd()) { Policy = NonFinitePolicy.Throw };
        Assert.Equal(TrainingEnd.NonFiniteLoss, Trainer(p, guarded, [], Objective, new()).Run(_ => Enumerable.Range(0, 9)).End);
        batch = 0;
        Assert.Throws<ArithmeticException>(() => Trainer(p, guarded, [], Objective, new() { StopOnNonFiniteLoss = false }).Run(_ => Enumerable.Range(0, 9)));
    }

    [Fact]
    public void Micro_batches_left_over_are_stepped_on_at_the_end_of_an_epoch() => Law.Check(
        output, Cases.Of(draw => (Batches: draw.Integer(1, 9), Steps: draw.Integer(1, 5), Epochs: draw.Integer(1, 3))),
        c =>
        {
            // Accumulated gradients of one point are that gradient: an epoch of n batches has n / k steps, rounded up.
            var p = Parameter.Of("p", [1.0]);
            var result = Trainer(p, new Accumulate(new Sgd { LearningRate = 0.5 }, c.Steps), [], _ => Quadratic(p), new() { Epochs = c.Epochs }).Run(_ => Enumerable.Range(0, c.Batches));
            int steps = c.Epochs * ((c.Batches + c.Steps - 1) / c.Steps);
            Assert.Equal(Math.Pow(0.5, steps), p.Values.Span[0]);
            Assert.Equal(steps * c.Steps, result.State.StepCount);
        });

    [Fact]
    public void A_flush_in_place_is_a_flush_of_the_state() => Law.Check(
        output, Cases.Of(draw => (Rule: AnyRule.Tree(draw, 0), Steps: draw.Integer(2, 4), Gathered: draw.Integer(0, 4), Gradient: draw.Integer(-9, 9))),
        c =>
        {
            var rule = new Accumulate(c.Rule, c.Steps);
            var p = Parameter.Of("p", [1.0, -2, 3]);
            using var optimizer = InPlaceOptimizer.Create(rule, p);
            var state = Optimizer.Init(rule, TensorSet.OfTensors(Given.Vector("p", 1.0, -2, 3)));
            for (int i = 0; i < c.Gathered; i++)
            {
                double[] gradient = [c.Gradient + i, 0.5, -i];
                gradient.CopyTo(p.Gradient);
                optimizer.Step(1);
                state = Optimizer.Step(state, TensorSet.OfTensors(Given.Vector("p", gradient)), 1).Item1;
            }

            optimizer.Flush();
            var flushed = Optimizer.Flush(state).Item1;
            Same.Bits(flushed, optimizer.Snapshot());
            Assert.Equal(0, flushed.StepCount % c.Steps);

            // The mean of those that came, which a rule that accumulates as many gives too.
            int rest = c.Gathered % c.Steps;
            if (rest > 0 && c.Gathered < c.Steps)
            {
                var whole = Optimizer.Init(new Accumulate(c.Rule, rest), TensorSet.OfTensors(Given.Vector("p", 1.0, -2, 3)));
                for (int i = 0; i < rest; i++)
                {
                    whole = Optimizer.Step(whole, TensorSet.OfTensors(Given.Vector("p", c.Gradient + i, 0.5, -i)), 1).Item1;
                }

                Assert.Equal(whole.Parameters.ToArray(), flushed.Parameters.ToArray());
            }
        });

    [Fact]
    public void A_flush_with_a_schedule_is_that_of_the_period_it_has_reached() => Law.Check(
        output, Cases.Of(draw => (Rule: AnyRule.Tree(draw, 0), Steps: draw.Integer(2, 4), Gathered: draw.Integer(0, 9), Gradient: draw.Integer(-9, 9))),
        c =>
        {
            var start = TensorSet.OfTensors(Given.Vector("p", 1.0, -2, 3));
            var rule = new AccumulateOnSchedule(c.Rule, c.Steps);
            var p = Parameter.Of("p", [1.0, -2, 3]);
            using var optimizer = InPlaceOptimizer.Create(rule, p);
            var state = Optimizer.Init(rule, start);
            var plain = Optimizer.Init(new Accumulate(c.Rule, c.Steps), start);
            for (int i = 0; i < 9; i++)
            {
                if (i == c.Gathered)
                {
                    optimizer.Flush();
                    optimizer.Flush();
                    state = Optimizer.Flush(Optimizer.Flush(state).Item1).Item1;
                    plain = Optimizer.Flush(plain).Item1;
                    Assert.Equal(i, state.StepCount);
                    Assert.Equal(plain.StepCount / c.Steps, state.Scalars["inner_steps"]);
                }

                double[] gradient = [c.Gradient + i, 0.5, -i];
                gradient.CopyTo(p.Gradient);
                optimizer.Step(1);
                state = Optimizer.Step(state, TensorSet.OfTensors(Given.Vector("p", gradient)), 1).Item1;
                plain = Optimizer.Step(plain, TensorSet.OfTensors(Given.Vector("p", gradient)), 1).Item1;
                Same.Bits(state, optimizer.Snapshot());
                Same.Bits(plain.Parameters, state.Parameters);
                Assert.Equal(plain.Slots.Values, state.Slots.Values);
                Assert.Equal(plain.Scalars.Values, state.Scalars.Values.SkipLast(2));
            }
        });

    [Fact]
    public void To_an_accumulation_inside_another_what_is_flushed_is_a_gradient() => Assert.All(
        new Func<Rule, Rule>[] { rule => new Accumulate(rule, 2), rule => new AccumulateOnSchedule(rule, 2) },
        outer => Assert.All(
            new Func<Rule, Rule>[] { rule => new Accumulate(rule, 2), rule => new AccumulateOnSchedule(rule, 2), rule => new Partition([new(TensorSelector.All, new Accumulate(rule, 2))]) },
            inner =>
            {
                // The pairs (1, 3) and 5 alone make 2 and 5, and their mean is the step.
                var state = Optimizer.Init(outer(inner(new Sgd { LearningRate = 1 })), TensorSet.OfArray([0.0]));
                var path = new[] { 1.0, 3, 5 }.Select(g => (state = state.Step(TensorSet.OfArray([g])).Item1).Parameters.Span[0]).ToArray();
                Assert.Equal([0.0, 0, 0], path);
                Assert.Equal(-3.5, Optimizer.Flush(state).Item2.Span[0]);
                var first = Optimizer.Init(state.Rule, TensorSet.OfArray([0.0])).Step(TensorSet.OfArray([7.0])).Item1;
                Assert.Equal(0, Optimizer.Flush(first).Item2.Span[0]);
            }));

    public static TheoryData<Func<Rule, Rule>> Guards =>
    [
        rule => new ApplyIfFinite(new Accumulate(rule, 2)), rule => new ApplyIfFinite(new AccumulateOnSchedule(rule, 2)),
        rule => new SkipLargeUpdates(new Accumulate(rule, 2), 100), rule => new SkipLargeUpdates(new ApplyIfFinite(new AccumulateOnSchedule(rule, 2)), 100),
    ];

    [Theory]
    [MemberData(nameof(Guards))]
    public void A_flush_reaches_what_was_gathered_behind_guards(Func<Rule, Rule> guarded)
    {
        // 1 and 3 step; 5 waits; what the guards leave out does not count.
        var rule = guarded(new Sgd { LearningRate = 1 });
        double leftOut = rule is ApplyIfFinite ? double.NaN : 50;
        var p = Parameter.Of("p", [0.0]);
        using var optimizer = InPlaceOptimizer.Create(rule, p);
        var state = Optimizer.Init(rule, TensorSet.OfTensors(Given.Vector("p", 0.0)));
        Step(1, leftOut, 3, 5, leftOut);
        Flush(-7);
        Flush(-7);
        Step(leftOut, 2);
        Flush(-9);
        Step(4, 6);
        Flush(-14);

        void Step(params double[] gradients)
        {
            foreach (double g in gradients)
            {
                p.Gradient.Span[0] = g;
                optimizer.Step();
                state = state.Step(TensorSet.OfTensors(Given.Vector("p", g))).Item1;
            }
        }

        void Flush(double expected)
        {
            optimizer.Flush();
            state = Optimizer.Flush(state).Item1;
            Assert.Equal(expected, state.Parameters.Span[0]);
            Same.Bits(state, optimizer.Snapshot());
        }
    }

    [Fact]
    public void An_epoch_without_a_batch_is_an_end_of_its_own()
    {
        var p = Parameter.Of("p", [1.0]);
        var result = Trainer(p, new Sgd(), [], _ => Quadratic(p), new() { Epochs = 3, EarlyStoppingPatience = 1 }).Run(epoch => Enumerable.Range(0, epoch == 0 ? 2 : 0));
        Assert.Equal((TrainingEnd.NoBatches, 2L, 1), (result.End, result.State.StepCount, result.Position.Epoch));
        Assert.True(double.IsFinite(result.BestLoss));
    }

    [Fact]
    public void A_plateau_sees_the_validation()
    {
        // The batches' losses fall for ever; the validation's does not.
        double batchLoss = 100;
        var p = Parameter.Of("p", [1.0]);
        var rule = new Sgd { LearningRate = new ReduceOnPlateauSchedule(1e-3, factor: 0.5, patience: 1, requiresLoss: false) };
        using var optimizer = InPlaceOptimizer.Create(rule, p);
        var rates = new List<double>();
        new Trainer<double, int>(optimizer, _ => batchLoss -= 1)
        {
            Options = new() { Epochs = 7, StepLoss = StepLoss.Validation }, Validate = () => 5,
            Callbacks = [new Each(_ => rates.Add(1e-3 * optimizer.Snapshot().Scalars["LearningRate.scale"]))],
        }.Run(_ => Enumerable.Range(0, 3));

        // The first validation is the best; of those after it two in a row are bad, one more than is borne with, and again two.
        Assert.Equal(Enumerable.Range(0, 21).Select(step => 1e-3 * (step < 9 ? 1 : step < 15 ? 0.5 : 0.25)), rates);
    }

    [Fact]
    public void A_rule_that_averages_is_validated_at_its_averages()
    {
        var p = Parameter.Of("p", [1.0]);
        var optimizer = InPlaceOptimizer.Create(new ScheduleFreeSgd { LearningRate = 0.1 }, p);
        double seen = 0;
        new Trainer<double, int>(optimizer, _ => Quadratic(p)) { Validate = () => seen = p.Values.Span[0] }.Run(_ => Enumerable.Range(0, 5));
        Assert.Equal(optimizer.EvaluationParameters()[0].Span[0], seen);
        Assert.NotEqual(p.Values.Span[0], seen);
    }

    [Fact]
    public async Task A_stream_that_is_resumed_loses_no_item()
    {
        var saved = new List<TrainingCheckpoint<double>>();
        var first = new List<int>();
        var p = Parameter.Of("p", [1.0]);
        var queue = new Queue<int>(Enumerable.Range(0, 300));
        await Trainer(p, new Sgd { LearningRate = 0.01 }, saved, item => Seen(first, item), new() { MaxSteps = 100 }).RunStreamAsync(Live());
        var second = new List<int>();
        var resumed = Trainer(p, new Sgd { LearningRate = 0.01 }, saved, item => Seen(second, item), new());
        resumed.Resume(saved[^1]);
        var end = await resumed.RunStreamAsync(Live());
        Assert.Equal(Enumerable.Range(0, 300), first.Concat(second));
        Assert.Equal((TrainingEnd.Completed, 300L, 1), (end.End, end.State.StepCount, end.Position.Epoch));

        // Another stream is another epoch, whatever Epochs says.
        queue.Enqueue(300);
        Assert.Equal(301, (await resumed.RunStreamAsync(Live())).State.StepCount);

        double Seen(List<int> list, int item)
        {
            list.Add(item);
            return Quadratic(p);
        }

        async IAsyncEnumerable<int> Live()
        {
            await Task.Yield();
            while (queue.TryDequeue(out int item))
            {
                yield return item;
            }
        }
    }

    private static double Quadratic(Parameter<double> p)
    {
        double x = p.Values.Span[0];
        p.Gradient.Span[0] = x;
        return x * x / 2;
    }

    private static Trainer<double, int> Trainer(
        Parameter<double> p, Rule rule, List<TrainingCheckpoint<double>> saved, Func<int, double> objective, TrainerOptions options, bool evaluatesAgain = false) =>
        new(InPlaceOptimizer.Create(rule, p), objective)
        {
            Options = options, EvaluatesAgain = evaluatesAgain,
            Checkpoint = (checkpoint, _) =>
            {
                saved.Add(checkpoint);
                return ValueTask.CompletedTask;
            },
        };

    private sealed class Each(Action<TrainingProgress> action) : ITrainingCallback
    {
        public bool OnStep(TrainingProgress progress)
        {
            action(progress);
            return true;
        }
    }
}
