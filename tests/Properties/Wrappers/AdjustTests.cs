using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.Wrappers;

/// <summary>Changing course: what is in force, by path, and what a change refuses.</summary>
public class AdjustTests
{
    private static readonly TensorSet<double> Start = TensorSet.OfTensors(Given.Vector("w", 1.0, 2), Given.Vector("b", 3.0));

    [Fact]
    public void Paths_lead_through_chains_wrappers_and_groups()
    {
        var groups = new Partition(
            new ParameterGroup(TensorSelector.Named("b"), new Sgd { LearningRate = 0.5 }),
            new ParameterGroup(TensorSelector.All, new Lookahead(new Lion { LearningRate = Schedule.Table([0.25, 0.125]) })));
        var state = Optimizer.Init(new Accumulate(new Chain(new ClipByGlobalNorm(2), groups), 1), Start);
        Assert.Equal(1, state.Hyperparameters["Steps"]);
        Assert.Equal(2, state.Hyperparameters["inner.rules[0].MaxNorm"]);
        Assert.Equal(0.5, state.Hyperparameters["inner.rules[1].group[0].LearningRate"]);
        Assert.Equal(0.25, state.Hyperparameters["inner.rules[1].group[1].inner.LearningRate"]);
        Assert.Equal(0.125, state.Step(Start).Item1.Hyperparameters["inner.rules[1].group[1].inner.LearningRate"]);
        Assert.Equal(5, state.Hyperparameters["inner.rules[1].group[1].SyncPeriod"]);
    }

    [Fact]
    public void What_will_be_in_force_at_a_step_is_what_a_state_there_has()
    {
        var rule = new ClipByGlobalNorm(2).Then(new Lookahead(new Lion { LearningRate = Schedule.Cosine(0.25, 10) }));
        var state = Optimizer.Init(rule, Start);
        for (int step = 0; step < 12; step++)
        {
            Assert.Equal(state.Hyperparameters, rule.HyperparametersAt(step));
            state = state.Step(Start).Item1;
        }

        Assert.Equal(0.5, new Sgd { LearningRate = Schedule.ReduceOnPlateau(0.5) }.HyperparametersAt(1000)["LearningRate"]);
        Refused.With<ArgumentOutOfRangeException>("step", () => rule.HyperparametersAt(-1));
    }

    [Fact]
    public void A_path_is_one_hyperparameter_and_the_end_of_paths_all_that_end_so()
    {
        var rule = new Muon { Fallback = new AdamW() };
        var own = rule.Adjust("LearningRate", 0.5);
        Assert.Equal(rule.WithLearningRate(0.5), own);
        Assert.Equal(rule with { Fallback = new AdamW { LearningRate = 0.5 } }, rule.Adjust("fallback.LearningRate", 0.5));
        Assert.Equal(
            new Chain(new Sgd { LearningRate = 0.5 }, new Lookahead(new Adam { LearningRate = 0.5 })),
            new Chain(new Sgd(), new Lookahead(new Adam())).Adjust("LearningRate", 0.5));
        Assert.Equal(rule with { LearningRate = rule.LearningRate.Scale(0.5), Fallback = new AdamW { LearningRate = new AdamW().LearningRate.Scale(0.5) } }, rule.ScaleLearningRates(0.5));
    }

    [Fact]
    public void What_does_not_apply_is_refused_and_says_what_would()
    {
        var state = Optimizer.Init(new Chain(new ClipByGlobalNorm(1), new Lookahead(new Sgd())), Start);
        Refused.With<ArgumentException>("path must end as one of rules[0].MaxNorm, ", () => state.Adjust("Beta1", 0.5));
        Refused.With<ArgumentException>("was 'MaxNor'", () => state.Adjust("MaxNor", 0.5));
        Refused.With<ArgumentOutOfRangeException>("LearningRate must be 0 or more, and finite, was -1", () => state.Adjust("LearningRate", -1));
        Refused.With<ArgumentException>("rules[1].SyncPeriod must be a whole number, was 1.5", () => state.Adjust("SyncPeriod", 1.5));
        Refused.With<ArgumentException>("rules[1].SyncPeriod must be a number, not a schedule, was Table", () => state.Adjust("SyncPeriod", Schedule.Table([1, 2])));
        Refused.With<ArgumentException>("The rule must keep the same slots", () => state.Adjust("Momentum", 0.9));
        Assert.Equal(0.5, state.Adjust("rules[1].inner.LearningRate", 0.5).Hyperparameters["rules[1].inner.LearningRate"]);
        Assert.Equal(7, state.Adjust("SyncPeriod", 7).Hyperparameters["rules[1].SyncPeriod"]);
    }

    [Fact]
    public void A_schedule_that_watches_the_loss_keeps_its_numbers_through_a_change_elsewhere()
    {
        var rule = new AdamW { LearningRate = Schedule.ReduceOnPlateau(0.5, factor: 0.5, patience: 0), WeightDecay = 0.1 };
        var state = Optimizer.Step(Optimizer.Step(Optimizer.Init(rule, Start), Start, loss: 1).Item1, Start, loss: 2).Item1;
        Assert.Equal(0.25, state.Hyperparameters["LearningRate"]);
        Assert.Equal(0.25, state.Adjust("WeightDecay", 0).Hyperparameters["LearningRate"]);
        Refused.With<ArgumentException>("needs the loss at each step", () => state.Step(Start));
    }
}
