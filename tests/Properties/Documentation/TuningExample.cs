using Optim.Properties.Checkpoints;
using Optim.Tuning;
using Xunit;

namespace Optim.Properties.Documentation;

public class TuningExample
{
    [Fact]
    public void The_rate_and_the_search_of_the_page_on_tuning()
    {
        using TemporaryFolder folder = new();
        string file = folder["study.db"];
        var parameters = TensorSet.OfArray([1.0, 2.0, -1.0]);
        double[][] batches = [[1, 2, 3], [2, 1, 3]];

        var result = LearningRateFinder.Run(
            new ClipByGlobalNorm(1).Then(new AdamW()), parameters,
            (step, p) => LossAndGradient(batches[step % batches.Length], p),
            new RangeTest { From = 1e-6, To = 10, Steps = 100 });

        double? rate = result.Suggestion;                                  // null where the curve says nothing
        string why = result.Reason;

        Assert.InRange(rate!.Value, 1e-4, 1);
        Assert.NotEmpty(why);

        var space = SearchSpace.Of(
            SearchParameter.Categorical("optimizer", "adamw", "sgd"),
            SearchParameter.LogUniform("rate", 1e-5, 1),
            SearchParameter.Uniform("momentum", 0, 0.99).When("optimizer", "sgd"),
            SearchParameter.LogUniform("decay", 1e-6, 0.3).When("optimizer", "adamw"));

        var study = new Study(space) { Sampler = new TpeSampler(), Pruner = new SuccessiveHalving { MinResource = 2 }, Seed = 1, Objective = "a bowl, 20 steps" };
        var found = study.Run(
            trial =>
            {
                var p = trial.Parameters;
                Rule rule = p.Choice("optimizer") == "sgd"
                    ? new Sgd { LearningRate = p.Number("rate"), Momentum = p.Number("momentum") }
                    : new AdamW { LearningRate = p.Number("rate"), WeightDecay = p.Number("decay") };
                double loss = 0;
                var state = Optimizer.Init(rule, parameters);
                for (int step = 1; step <= 20; step++)
                {
                    (loss, var gradient) = LossAndGradient(batches[0], state.Parameters);
                    state = Optimizer.Step(state.Donate(), gradient).Item1;
                    if (trial.Report(step, loss))
                    {
                        break;                                             // pruned: others were better here
                    }
                }

                return loss;                                               // the lower the better
            },
            new StudyOptions { Trials = 30, Workers = 2, File = file });

        var best = found.Best!.Parameters;
        var importance = found.Importance();                               // what decided, most first; sums to 1

        Assert.Equal(30, found.Trials.Count);
        Assert.True(best.Has("rate"));
        Assert.Equal(1, importance.Sum(item => item.Share), 1e-9);
    }

    /// <summary>The mean of <c>c_i (p_i - 3)^2 / 2</c>.</summary>
    private static Tuple<double, TensorSet<double>> LossAndGradient(double[] curvatures, TensorSet<double> p)
    {
        double[] distance = [.. p.ToArray().Select(x => x - 3)];
        return Tuple.Create(
            distance.Zip(curvatures, (d, c) => c * d * d / 2).Sum() / 3, TensorSet.OfArray([.. distance.Zip(curvatures, (d, c) => c * d / 3)]));
    }
}
