using Xunit;

namespace Optim.Properties.Documentation;

/// <summary>The C# of docs/from-pytorch-optimizer.md.</summary>
public class FromPyTorchOptimizerExample
{
    private static readonly TensorSet<double> parameters = TensorSet.OfArray([1.0, -2, 0.5]);

    [Fact]
    public void A_rule_is_a_value()
    {
        var rule = new Lion { LearningRate = 1e-4, WeightDecay = 0.1 };           // create_optimizer(model, "lion", lr=1e-4, weight_decay=0.1)
        var wrapped = new Lookahead(rule) { SyncPeriod = 5 };                     // Lookahead(optimizer, k=5)
        var masked = new Cautious(rule.AsDirection()).Then(new ScaleByLearningRate(1e-4));

        Assert.All<Rule>([rule, wrapped, masked], each => Assert.True(Optimizer.Fold(Optimizer.Init(each, parameters), 20, p => p).Parameters.Norm() < parameters.Norm(), each.ToString()));
    }
}
