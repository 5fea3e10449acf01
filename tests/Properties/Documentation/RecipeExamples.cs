using Xunit;

namespace Optim.Properties.Documentation;

/// <summary>The C# of docs/recipes.md and of <c>optim advise</c>, on a small problem.</summary>
public class RecipeExamples
{
    private static readonly TensorSet<double> parameters = TensorSet.OfTensors(
        Tensor.OfSpan<double>(new("layer.weight", 2, 2), [1, -2, 0.5, 1.5]), Tensor.OfSpan<double>(new("layer.bias", 2), [0.5, -1]));

    private static readonly int[] batches = [.. Enumerable.Range(0, 20)];

    [Fact]
    public void Recipe_resnet()
    {
        var rule = Recipes.ResNet(totalSteps: 450450, batchSize: 256);
        var state = Optimizer.Init(rule, parameters);
        foreach (var batch in batches)
        {
            var gradient = Gradient(state.Parameters, batch);
            (state, _) = Optimizer.Step(state.Donate(), gradient);
        }

        AssertSmaller(state.Parameters);
    }

    [Fact]
    public void Recipe_resnet_large_batch()
    {
        var rule = Recipes.ResNetLargeBatch(totalSteps: 3600, batchSize: 32768);
        var state = Optimizer.Init(rule, parameters);
        foreach (var batch in batches)
        {
            var gradient = Gradient(state.Parameters, batch);
            (state, _) = Optimizer.Step(state.Donate(), gradient);
        }

        AssertSmaller(state.Parameters);
    }

    [Fact]
    public void Recipe_vit()
    {
        var rule = Recipes.VisionTransformer(totalSteps: 1000000);
        var state = Optimizer.Init(rule, parameters);
        foreach (var batch in batches)
        {
            var gradient = Gradient(state.Parameters, batch);
            (state, _) = Optimizer.Step(state.Donate(), gradient);
        }

        AssertSmaller(state.Parameters);
    }

    [Fact]
    public void Recipe_bert_fine_tuning()
    {
        var rule = Recipes.BertFineTuning(totalSteps: 36816);
        var state = Optimizer.Init(rule, parameters);
        foreach (var batch in batches)
        {
            var gradient = Gradient(state.Parameters, batch);
            (state, _) = Optimizer.Step(state.Donate(), gradient);
        }

        AssertSmaller(state.Parameters);
    }

    [Fact]
    public void Recipe_gpt()
    {
        var rule = Recipes.GptPreTraining(totalSteps: 600000);
        var state = Optimizer.Init(rule, parameters);
        foreach (var batch in batches)
        {
            var gradient = Gradient(state.Parameters, batch);
            (state, _) = Optimizer.Step(state.Donate(), gradient);
        }

        AssertSmaller(state.Parameters);
    }

    [Fact]
    public void Recipe_bert_large_batch()
    {
        var rule = Recipes.BertLargeBatch(totalSteps: 15625, batchSize: 32768);
        var state = Optimizer.Init(rule, parameters);
        foreach (var batch in batches)
        {
            var gradient = Gradient(state.Parameters, batch);
            (state, _) = Optimizer.Step(state.Donate(), gradient);
        }

        AssertSmaller(state.Parameters);
    }

    [Fact]
    public void Recipe_recurrent()
    {
        var rule = Recipes.Recurrent();
        var state = Optimizer.Init(rule, parameters);
        foreach (var batch in batches)
        {
            var gradient = Gradient(state.Parameters, batch);
            (state, _) = Optimizer.Step(state.Donate(), gradient);
        }

        AssertSmaller(state.Parameters);
    }

    [Fact]
    public void Recipe_dqn()
    {
        var rule = Recipes.DeepQ();
        var state = Optimizer.Init(rule, parameters);
        foreach (var batch in batches)
        {
            var gradient = Gradient(state.Parameters, batch);
            (state, _) = Optimizer.Step(state.Donate(), gradient);
        }

        AssertSmaller(state.Parameters);
    }

    [Fact]
    public void Recipe_a2c()
    {
        var rule = Recipes.ActorCritic(totalSteps: 125000);
        var state = Optimizer.Init(rule, parameters);
        foreach (var batch in batches)
        {
            var gradient = Gradient(state.Parameters, batch);
            (state, _) = Optimizer.Step(state.Donate(), gradient);
        }

        AssertSmaller(state.Parameters);
    }

    [Fact]
    public void Recipe_ppo()
    {
        var rule = Recipes.Ppo(totalSteps: 156240);
        var state = Optimizer.Init(rule, parameters);
        foreach (var batch in batches)
        {
            var gradient = Gradient(state.Parameters, batch);
            (state, _) = Optimizer.Step(state.Donate(), gradient);
        }

        AssertSmaller(state.Parameters);
    }

    [Fact]
    public void Recipe_sparse()
    {
        var rule = Recipes.SparseFeatures();
        var state = Optimizer.Init(rule, parameters);
        foreach (var batch in batches)
        {
            var gradient = Gradient(state.Parameters, batch);
            (state, _) = Optimizer.Step(state.Donate(), gradient);
        }

        AssertSmaller(state.Parameters);
    }

    [Fact]
    public void Recipe_small_network()
    {
        var rule = Recipes.SmallNetwork();
        var state = Optimizer.Init(rule, parameters);
        foreach (var batch in batches)
        {
            var gradient = Gradient(state.Parameters, batch);
            (state, _) = Optimizer.Step(state.Donate(), gradient);
        }

        AssertSmaller(state.Parameters);
    }

    [Fact]
    public void Recipe_calibration()
    {
        var rule = Recipes.Calibration();
        var best = Optimizer.Minimize(rule, parameters, Objective);
        Console.WriteLine(best.Parameters);

        AssertSmaller(best.Parameters);
    }

    private static TensorSet<double> Gradient(TensorSet<double> p, int batch) => p.Scale(1 + (0.1 * Math.Sin(batch)));

    private static Tuple<double, TensorSet<double>> Objective(TensorSet<double> p) => Tuple.Create(0.5 * p.Dot(p), p);

    private static void AssertSmaller(TensorSet<double> p) => Assert.True(p.Norm() < parameters.Norm(), p.ToString());
}
