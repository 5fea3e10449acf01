using MathNet.Numerics.LinearAlgebra;
using Xunit;

namespace Optim.Properties.Documentation;

/// <summary>The C# of docs/from-optax.md.</summary>
public class FromOptaxExample
{
    private static readonly IReadOnlyList<int> batches = [.. Enumerable.Range(1, 20)];

    private static readonly TensorSet<double> parameters = TensorSet.OfTensors(
        Tensor.Of("head.weight", Matrix<double>.Build.DenseOfArray(new[,] { { 1.0, -2 }, { 0.5, 1.5 } })),
        Tensor.Of("head.bias", Vector<double>.Build.DenseOfArray([0.5, -1])),
        Tensor.Of("embedding.weight", Vector<double>.Build.DenseOfArray([2.0, 1])));

    [Fact]
    public void The_loop_and_its_hyperparameters()
    {
        var rule = new ClipByGlobalNorm(1).Then(new AdamW { LearningRate = 1e-3, WeightDecay = 1e-4 });
        var state = Optimizer.Init(rule, parameters);
        foreach (var batch in batches)
        {
            (state, _) = Optimizer.Step(state.Donate(), Gradient(state.Parameters, batch));
        }

        double rateNow = state.Hyperparameters["rules[1].LearningRate"];
        var slower = state.Adjust("LearningRate", 1e-4);

        Assert.Equal((1e-3, 1e-4), (rateNow, slower.Hyperparameters["rules[1].LearningRate"]));
    }

    [Fact]
    public void Chains_masks_and_wrappers()
    {
        var pieces = new ScaleByAdam()
            .Then(new AddDecayedWeights(1e-4))
            .Then(new ScaleByLearningRate(1e-3));                         // the same bits as new AdamW { LearningRate = 1e-3, WeightDecay = 1e-4 }

        var preset = Optimizer.Fold(Optimizer.Init(new AdamW { LearningRate = 1e-3, WeightDecay = 1e-4 }, parameters), 10, p => p);
        Assert.Equal(preset.Parameters, Optimizer.Fold(Optimizer.Init(pieces, parameters), 10, p => p).Parameters);

        var decayOnMatrices = new ScaleByAdam()
            .Then(new Masked(new AddDecayedWeights(1e-4), TensorSelector.OfRank(2)))
            .Then(new ScaleByLearningRate(1e-3));
        var multi = new Partition(
            new ParameterGroup(TensorSelector.Named("head.*"), new Adam { LearningRate = 1e-3 }),
            new ParameterGroup(TensorSelector.All, new Sgd { LearningRate = 1e-2 }));
        var frozen = new Freeze(new Adam(), TensorSelector.Named("embedding.*"));

        var multiSteps = new Accumulate(new Adam(), steps: 4);
        var lookahead = new Lookahead(new Adam()) { SyncPeriod = 5, SlowStepSize = 0.5 };
        var finite = new ApplyIfFinite(new Adam()) { MaxSkips = 5 };
        var rate = Schedule.WarmupCosineCycles(peak: 1e-3, warmupSteps: 100, totalSteps: 10_000, startValue: 0);

        Assert.All<Rule>([decayOnMatrices, multi, frozen, multiSteps, lookahead, finite], rule =>
            Assert.True(Optimizer.Fold(Optimizer.Init(rule, parameters), 20, p => p).Parameters.Norm() < parameters.Norm(), rule.ToString()));
        Assert.Equal((0, 1e-3), (rate.At(0), rate.At(100)));
    }

    [Fact]
    public void The_newer_pieces()
    {
        var lion = new Lion().AsDirection().Then(new ScaleByLearningRate(1e-4));                  // chain(scale_by_lion(), scale_by_learning_rate(1e-4))
        var late = new Conditionally(new ClipByGlobalNorm(1), Schedule.OfFunction("late", t => t >= 100 ? 1 : 0));
        var growing = new SkipLargeUpdates(new AccumulateOnSchedule(new Adam(), Schedule.Step(1, 1000, 2)), 1e4);
        var free = new ScheduleFree(new Sgd { LearningRate = 0.1 });                              // contrib.schedule_free(sgd(0.1), 0.1)
        var cautious = new Cautious(new Adam());

        Assert.Equal(
            Optimizer.Fold(Optimizer.Init(new Lion { LearningRate = 1e-4 }, parameters), 10, p => p).Parameters, Optimizer.Fold(Optimizer.Init(lion, parameters), 10, p => p).Parameters);
        Assert.All<Rule>([late, growing, free, cautious], rule =>
            Assert.True(Optimizer.Fold(Optimizer.Init(rule, parameters), 20, p => p.Scale(0.1)).Parameters.Norm() < parameters.Norm(), rule.ToString()));
    }

    private static TensorSet<double> Gradient(TensorSet<double> p, int batch) => p.Scale(1 + (0.1 * Math.Sin(batch)));
}
