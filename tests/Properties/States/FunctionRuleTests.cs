using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.States;

/// <summary>Hyperparameters of rules that are functions: data like those of any rule.</summary>
public class FunctionRuleTests
{
    private static readonly TensorSet<double> Start = TensorSet.OfArray([1.0, -2]);

    /// <summary>Grams: Adam's size, the sign of the gradient.</summary>
    private static ElementRule Grams(Schedule? beta1 = null) => new("grams", ["m", "v"], hyper: [new("Beta1", beta1 ?? 0.9, Bounds.UnitInterval), ("Beta2", 0.999)], e =>
    {
        double beta1 = e.Hyper("Beta1"), beta2 = e.Hyper("Beta2");
        var m = (beta1 * e["m"]) + ((1 - beta1) * e.Gradient);
        var v = (beta2 * e["v"]) + ((1 - beta2) * e.Gradient * e.Gradient);
        return e.Update(e.LearningRate * Term.Abs(m) / (Term.Sqrt(v) + 1e-8) * Term.Sign(e.Gradient)).Keep("m", m).Keep("v", v);
    })
    {
        LearningRate = 0.01,
    };

    private static TensorRule Mean(double beta) => new("mean", ["m"], hyper: [("Beta", beta)], t =>
    {
        var mean = (t.Hyper("Beta") * t["m"]) + ((1 - t.Hyper("Beta")) * t.Gradient);
        return t.Update(mean).Keep("m", mean);
    });

    [Fact]
    public void They_are_printed_and_compared_by_name_and_value()
    {
        Assert.Equal("ElementRule { Name = grams, Beta1 = 0.9, Beta2 = 0.999, LearningRate = 0.01 }", Grams().ToString());
        Assert.Equal(Grams(), Grams());
        Assert.Equal(Grams().GetHashCode(), Grams().GetHashCode());
        Assert.NotEqual(Grams(), Grams(0.95));
        Assert.NotEqual<Rule>(Grams(), new ElementRule("grams", ["m", "v"], e => e.Update(e.Gradient)) { LearningRate = 0.01 });
        Assert.Equal(Mean(0.5), Mean(0.5));
        Assert.NotEqual(Mean(0.5), Mean(0.25));
        Assert.NotEqual<Rule>(new TensorRule("same", t => t.Update(t.Gradient)), TensorRule.OverAllTensors("same", Array.Empty<string>(), all => all.Each(t => t.Update(t.Gradient))));
        Assert.Equal([new HyperparameterChange("Beta1", "0.9", "0.95")], Grams(0.95).ChangesFrom(Grams()));
        Assert.Equal("", Assert.Single(Mean(0.5).ChangesFrom(new TensorRule("other", ["m"], t => t.Update(t.Gradient)))).Path);
    }

    [Fact]
    public void They_are_adjusted_scheduled_and_read_at_a_step()
    {
        Assert.Equal(Grams(0.95), Grams().Adjust("Beta1", 0.95));
        var within = new Lookahead(new ClipByGlobalNorm(1).Then(Grams()));
        Assert.Equal(0.95, within.Adjust("Beta1", 0.95).HyperparametersAt(0)["inner.rules[1].Beta1"]);
        var scheduled = Grams(Schedule.Linear(0.8, 0.9, 10));
        Assert.Equal((0.8, 0.9), (scheduled.HyperparametersAt(0)["Beta1"], scheduled.HyperparametersAt(10)["Beta1"]));
        var run = Optimizer.Fold(Optimizer.Init(scheduled, Start), 5, p => p);
        var byHand = Optimizer.Init(Grams(), Start);
        for (int t = 0; t < 5; t++)
        {
            byHand = byHand.WithRule(Grams(Schedule.Linear(0.8, 0.9, 10).At(t))).Step(byHand.Parameters).Item1;
        }

        Assert.Equal(run.Parameters, byHand.Parameters);
        Assert.Equal(Schedule.Linear(0.8, 0.9, 10).At(5), run.Hyperparameters["Beta1"]);
        Refused.With<ArgumentOutOfRangeException>("Beta1 must be in [0, 1), was 1.5 at step 0", () => Optimizer.Step(Optimizer.Init(Grams(Schedule.Table([1.5])), Start), Start));
    }

    [Fact]
    public void One_may_follow_the_loss()
    {
        var plateau = Schedule.ReduceOnPlateau(0.5, factor: 0.5, patience: 0);
        var rule = new ElementRule("scaled", [], hyper: [("Scale", plateau)], e => e.Update(e.Hyper("Scale") * e.Gradient));
        var state = Optimizer.Init(rule, Start);
        Assert.Contains("Scale.scale", state.Scalars.Keys);
        double[] updates = [.. Enumerable.Range(0, 3).Select(_ =>
        {
            var before = state.Parameters;
            state = Optimizer.Step(state, Start, loss: 1).Item1;
            return before.Span[0] - state.Parameters.Span[0];
        })];
        Assert.Equal([0.5, 0.25, 0.125], updates);
    }

    [Fact]
    public void The_laws_vary_them() => LawSuite.For(Grams(), new() { Cases = 20, IsElementwise = true, IsOdd = true, VaryHyperparameters = true }).Assert();

    [Fact]
    public void What_was_saved_is_loaded_whatever_the_given_rule_has_and_a_difference_is_said()
    {
        string file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".safetensors");
        try
        {
            var saved = Optimizer.Fold(Optimizer.Init(Grams().Then(Mean(0.5)), Start), 3, p => p).Adjust("Beta1", 0.95);
            Checkpoint.Save(file, saved);
            var loaded = Checkpoint.Load<double>(file, ownRules: [Mean(0.25), Grams()]);
            Assert.Equal(saved, loaded);
            Assert.Equal(saved.Step(Start).Item1, loaded.Step(Start).Item1);
            Assert.Contains("Beta1 = 0.95", loaded.Rule.ToString(), StringComparison.Ordinal);

            // Another beta on purpose: the file is asked what changes.
            var other = Grams(0.8).Then(Mean(0.5));
            Assert.Equal([new HyperparameterChange("rules[0].Beta1", "0.95", "0.8")], Checkpoint.Changes(file, other));
            Assert.Empty(Checkpoint.Changes(file, saved.Rule));
            Assert.Equal(0.8, Checkpoint.Load<double>(file, other).Hyperparameters["rules[0].Beta1"]);
            var lacking = new ElementRule("grams", ["m", "v"], hyper: [("Beta1", 0.9)], e => e.Update(e.Gradient));
            Refused.With<CheckpointException>("rule.rules[0] has no hyperparameter 'Beta2' in ElementRule grams", () => Checkpoint.Load<double>(file, ownRules: [Mean(0.25), lacking]));
            var more = new TensorRule("mean", ["m"], hyper: [("Beta", 0.5), ("Gamma", 1)], t => t.Update(t.Gradient));
            Refused.With<CheckpointException>("was saved without the hyperparameter Gamma", () => Checkpoint.Load<double>(file, ownRules: [Grams(), more]));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void What_is_no_hyperparameter_is_refused()
    {
        Refused.With<ArgumentOutOfRangeException>("Beta must be in [0, 1), was 1", () => new Hyperparameter("Beta", 1, Bounds.UnitInterval));
        Refused.With<ArgumentOutOfRangeException>("Beta1 must be in [0, 1), was 2", () => Grams().Adjust("Beta1", 2));
        Refused.With<ArgumentException>("must be letters, digits and underscores, the first a letter, was 'a b'", () => new Hyperparameter("a b", 1));
        Refused.With<ArgumentException>("set that, LearningRate = ..., and read it as step.LearningRate", () => new Hyperparameter("LearningRate", 1));
        Refused.With<ArgumentException>("Each of the hyper must have a name of its own, was 'B' twice", () => new ElementRule("twice", [], hyper: [("B", 1), ("B", 2)], e => e.Update(e.Gradient)));
        Refused.With<KeyNotFoundException>("The rule 'grams' has no hyperparameter 'Beta3'; there are: Beta1.",
            () => Optimizer.Step(Optimizer.Init(new ElementRule("grams", [], hyper: [("Beta1", 1)], e => e.Update(e.Hyper("Beta3") * e.Gradient)), Start), Start));
        Assert.Throws<ArgumentOutOfRangeException>(() => Optimizer.Init(Grams(1e-60), TensorSet.OfArray([1f])));
    }
}
