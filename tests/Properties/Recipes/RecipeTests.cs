using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.OfRecipes;

/// <summary>Each recipe is what its source says, and trains.</summary>
public class RecipeTests
{
    /// <summary>Tensors named as in the models that the recipes are for.</summary>
    private static readonly TensorSet<double> Start = TensorSet.OfTensors(
        Tensor.OfSpan<double>(new("embedding.weight", 3, 2), [1.0, -2, 0.5, 1.5, -1, 0.25]),
        Tensor.OfSpan<double>(new("encoder.layer.0.weight", 2, 3), [0.5, -0.5, 1, 2, -1.5, 0.75]),
        Tensor.OfSpan<double>(new("encoder.layer.0.bias", 2), [0.1, -0.3]),
        Tensor.OfSpan<double>(new("encoder.layer.0.norm.weight", 2), [1.0, 0.9]),
        Tensor.OfSpan<double>(new("encoder.layer.0.LayerNorm.bias", 2), [0.2, -0.1]),
        Tensor.OfSpan<double>(new("head.weight", 2, 2), [1.0, -1, 0.5, 0.3]),
        Tensor.OfSpan<double>(new("head.bias", 2), [0.4, 0.6]));

    private static readonly string[] Decayed = ["embedding.weight", "encoder.layer.0.weight", "head.weight"];

    public static TheoryData<string> Names => [.. RecipeRegistry.All.Select(entry => entry.Name)];

    /// <summary>What the sources say: recipe, steps of the run, batch, step to look at, the hyperparameter, its value.</summary>
    public static TheoryData<string, long, int, long, string, double> Figures => new()
    {
        { "resnet", 90_000, 256, 0, "LearningRate", 0.1 },
        { "resnet", 90_000, 256, 29_999, "LearningRate", 0.1 },
        { "resnet", 90_000, 256, 30_000, "LearningRate", 0.01 },
        { "resnet", 90_000, 256, 60_000, "LearningRate", 0.001 },
        { "resnet", 90_000, 256, 80_000, "LearningRate", 0.0001 },
        { "resnet", 90_000, 256, 0, "Momentum", 0.9 },
        { "resnet", 90_000, 256, 0, "WeightDecay", 1e-4 },
        { "resnet", 90_000, 8192, 0, "LearningRate", 3.2 / 5_000 },
        { "resnet", 90_000, 8192, 4_999, "LearningRate", 3.2 },
        { "resnet", 90_000, 8192, 29_999, "LearningRate", 3.2 },
        { "resnet", 90_000, 8192, 30_000, "LearningRate", 0.32 },
        { "resnet-large-batch", 90_000, 4096, 4_999, "LearningRate", 5 },
        { "resnet-large-batch", 90_000, 8192, 5_000, "LearningRate", 10 },
        { "resnet-large-batch", 90_000, 16_384, 5_000, "LearningRate", 25 },
        { "resnet-large-batch", 90_000, 32_768, 0, "LearningRate", 32.0 / 14_000 },
        { "resnet-large-batch", 90_000, 32_768, 14_000, "LearningRate", 32 },
        { "resnet-large-batch", 90_000, 32_768, 52_000, "LearningRate", 1e-4 + ((32 - 1e-4) / 4) },
        { "resnet-large-batch", 90_000, 32_768, 90_000, "LearningRate", 1e-4 },
        { "resnet-large-batch", 90_000, 32_768, 0, "TrustCoefficient", 0.001 },
        { "resnet-large-batch", 90_000, 32_768, 0, "Momentum", 0.9 },
        { "resnet-large-batch", 90_000, 32_768, 0, "inner.WeightDecay", 1e-4 },
        { "vit", 200_000, 4096, 0, "LearningRate", 3e-8 },
        { "vit", 200_000, 4096, 10_000, "LearningRate", 3e-4 },
        { "vit", 200_000, 4096, 105_000, "LearningRate", 1.5e-4 },
        { "vit", 200_000, 4096, 200_000, "LearningRate", 0 },
        { "vit", 50_000, 4096, 5_000, "LearningRate", 3e-4 },
        { "vit", 200_000, 4096, 0, "Beta1", 0.9 },
        { "vit", 200_000, 4096, 0, "Beta2", 0.999 },
        { "vit", 200_000, 4096, 0, "inner.WeightDecay", 0.1 },
        { "vit", 200_000, 4096, 0, "MaxNorm", 1 },
        { "bert-fine-tuning", 1_000, 32, 0, "LearningRate", 2e-7 },
        { "bert-fine-tuning", 1_000, 32, 100, "LearningRate", 2e-5 },
        { "bert-fine-tuning", 1_000, 32, 550, "LearningRate", 1e-5 },
        { "bert-fine-tuning", 1_000, 32, 1_000, "LearningRate", 0 },
        { "bert-fine-tuning", 1_000, 32, 0, "inner.Epsilon", 1e-6 },
        { "bert-fine-tuning", 1_000, 32, 0, "inner.WeightDecay", 0.01 },
        { "bert-fine-tuning", 1_000, 32, 0, "MaxNorm", 1 },
        { "gpt", 600_000, 1, 0, "LearningRate", 8e-7 },
        { "gpt", 600_000, 1, 750, "LearningRate", 6e-4 },
        { "gpt", 600_000, 1, 600_000, "LearningRate", 6e-5 },
        { "gpt", 600_000, 1, 900_000, "LearningRate", 6e-5 },
        { "gpt", 600_000, 1, 0, "Beta1", 0.9 },
        { "gpt", 600_000, 1, 0, "Beta2", 0.95 },
        { "gpt", 600_000, 1, 0, "inner.WeightDecay", 0.1 },
        { "gpt", 600_000, 1, 0, "MaxNorm", 1 },
        { "bert-large-batch", 15_625, 32_768, 3_125, "LearningRate", 5e-3 },
        { "bert-large-batch", 15_625, 32_768, 0, "LearningRate", 5e-3 / 3_125 },
        { "bert-large-batch", 15_625, 32_768, 15_625, "LearningRate", 0 },
        { "bert-large-batch", 1_000_000, 512, 3_125, "LearningRate", 5e-3 / 8 },
        { "bert-large-batch", 15_625, 32_768, 0, "inner.WeightDecay", 0.01 },
        { "bert-large-batch", 15_625, 32_768, 0, "Beta1", 0.9 },
        { "bert-large-batch", 15_625, 32_768, 0, "Beta2", 0.999 },
        { "bert-large-batch", 15_625, 32_768, 0, "Epsilon", 1e-6 },
        { "recurrent", 1, 1, 0, "LearningRate", 0.001 },
        { "recurrent", 1, 1, 1_000_000, "LearningRate", 0.001 },
        { "recurrent", 1, 1, 0, "MaxNorm", 1 },
        { "dqn", 1, 1, 0, "LearningRate", 0.00025 },
        { "dqn", 1, 1, 0, "Alpha", 0.95 },
        { "dqn", 1, 1, 0, "Epsilon", 0.01 },
        { "dqn", 1, 1, 0, "Momentum", 0 },
        { "a2c", 1_000, 80, 0, "LearningRate", 7e-4 },
        { "a2c", 1_000, 80, 500, "LearningRate", 3.5e-4 },
        { "a2c", 1_000, 80, 1_000, "LearningRate", 0 },
        { "a2c", 1_000, 80, 0, "Alpha", 0.99 },
        { "a2c", 1_000, 80, 0, "rules[1].Epsilon", 1e-5 },
        { "a2c", 1_000, 80, 0, "InitialAccumulator", 1 },
        { "a2c", 1_000, 80, 0, "MaxNorm", 0.5 },
        { "ppo", 1_000, 256, 0, "LearningRate", 2.5e-4 },
        { "ppo", 1_000, 256, 500, "LearningRate", 1.25e-4 },
        { "ppo", 1_000, 256, 1_000, "LearningRate", 0 },
        { "ppo", 1_000, 256, 0, "rules[1].Epsilon", 1e-5 },
        { "ppo", 1_000, 256, 0, "MaxNorm", 0.5 },
        { "sparse", 1, 1, 0, "LearningRate", 0.05 },
        { "small-network", 1, 1, 0, "LearningRate", 0.001 },
        { "small-network", 1, 1, 0, "Epsilon", 1e-8 },
        { "calibration", 1, 1, 0, "HistorySize", 10 },
        { "calibration", 1, 1, 0, "MaxIterations", 20 },
    };

    [Theory]
    [MemberData(nameof(Figures))]
    public void A_hyperparameter_is_what_the_source_says(string name, long totalSteps, int batchSize, long step, string path, double expected)
    {
        var start = Optimizer.Init(RecipeRegistry.Find(name)!.Create(totalSteps, batchSize), Start);
        var later = Optimizer.Restore(start.Rule, step, start.Parameters, start.Slots, start.Scalars);
        double[] values = [.. later.Hyperparameters.Where(h => h.Key == path || h.Key.EndsWith("." + path, StringComparison.Ordinal)).Select(h => h.Value)];
        Assert.NotEmpty(values);
        Assert.All(values, value => Assert.Equal(expected, value, Math.Abs(expected) * 1e-12));
    }

    [Fact]
    public void Every_recipe_has_its_figures_checked() => Assert.All(
        RecipeRegistry.All, entry => Assert.Contains(Figures.Select(row => (string)((object[])row)[0]), name => name == entry.Name));

    [Theory]
    [MemberData(nameof(Names))]
    public void Fifty_steps_lower_the_loss(string name)
    {
        var entry = RecipeRegistry.Find(name)!;
        var state = Optimizer.Init(entry.Create(totalSteps: 200), Start);
        double first = Bowl.Objective(Start).Item1;
        for (int i = 0; i < 50; i++)
        {
            (state, _) = entry.NeedsObjective ? Optimizer.StepOn(state, Bowl.Objective) : Optimizer.Step(state, Mean(state.Parameters));
            Assert.True(state.Parameters.Norm() <= 2 * Start.Norm(), $"{name}, step {i}: {state.Parameters}");
        }

        Assert.True(Bowl.Objective(state.Parameters).Item1 < first, $"{name}: {state.Parameters}");
    }

    [Theory]
    [InlineData("resnet-large-batch", true)]
    [InlineData("vit", true)]
    [InlineData("bert-fine-tuning", true)]
    [InlineData("gpt", true)]
    [InlineData("bert-large-batch", true)]
    [InlineData("resnet", false)]
    public void Without_a_gradient_weights_decay_and_biases_and_norms_stay(string name, bool spares)
    {
        var (_, after) = Optimizer.Step(Optimizer.Init(RecipeRegistry.Find(name)!.Create(totalSteps: 200), Start), Start.Scale(0));
        foreach (var shape in Start.Layout)
        {
            double before = Start[shape.Name].ToVector().L2Norm(), now = after[shape.Name].ToVector().L2Norm();
            if (spares && !Decayed.Contains(shape.Name))
            {
                Assert.Equal(before, now);
            }
            else
            {
                Assert.True(now < before, $"{shape.Name}: {before} to {now}");
            }
        }
    }

    [Fact]
    public void Which_tensors_are_spared_can_be_chosen()
    {
        Assert.Equal(
            new ClipByGlobalNorm(1).Then(new AdamW { LearningRate = Schedule.WarmupCosine(1e-3, 5, 100), WeightDecay = 0.2 }),
            Recipes.VisionTransformer(100, 1e-3, 5, 0.2, TensorSelector.None));
        Assert.Equal(
            new ClipByGlobalNorm(1).Then(new AdamW { LearningRate = Schedule.WarmupCosine(3e-4, 10, 100), WeightDecay = 0.1 }.NoDecayOn(TensorSelector.OfRank(0, 1))),
            Recipes.VisionTransformer(100, withoutDecay: TensorSelector.OfRank(0, 1)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_shortest_run_is_a_run(string name)
    {
        var entry = RecipeRegistry.Find(name)!;
        var state = Optimizer.Init(entry.Create(totalSteps: 9, batchSize: 1), Start);
        Assert.All(state.Hyperparameters.Values, value => Assert.True(double.IsFinite(value)));
    }

    [Fact]
    public void What_does_not_go_together_is_refused_with_name_value_and_reason()
    {
        Refused.With<ArgumentOutOfRangeException>("warmupSteps must be less than totalSteps, 100, was 100.", () => Recipes.VisionTransformer(100, warmupSteps: 100));
        Refused.With<ArgumentOutOfRangeException>("warmupSteps must be less than totalSteps, 100, was 200.", () => Recipes.BertFineTuning(100, warmupSteps: 200));
        Refused.With<ArgumentOutOfRangeException>("warmupSteps must be less than totalSteps, 100, was 100.", () => Recipes.GptPreTraining(100, warmupSteps: 100));
        Refused.With<ArgumentOutOfRangeException>("warmupSteps must be less than totalSteps, 100, was 100.", () => Recipes.BertLargeBatch(100, warmupSteps: 100));
        Refused.With<ArgumentOutOfRangeException>("warmupSteps must be less than totalSteps, 100, was 100.", () => Recipes.ResNetLargeBatch(100, warmupSteps: 100));
        Refused.With<ArgumentOutOfRangeException>("warmupSteps must be less than a third of totalSteps, 30, where the rate first falls, was 30.", () => Recipes.ResNet(90, warmupSteps: 30));
        Refused.With<ArgumentOutOfRangeException>("warmupSteps must be a whole number of 0 or more, was -1.", () => Recipes.VisionTransformer(100, warmupSteps: -1));
        Refused.With<ArgumentOutOfRangeException>("totalSteps must be a whole number of 1 or more, was 0.", () => Recipes.VisionTransformer(0));
        Refused.With<ArgumentOutOfRangeException>("totalSteps must be a whole number of 1 or more, was 0.", () => Recipes.Ppo(0));
        Refused.With<ArgumentOutOfRangeException>("totalSteps must be a whole number of 1 or more, was -5.", () => Recipes.ResNetLargeBatch(-5));
        Refused.With<ArgumentOutOfRangeException>("totalSteps must be a whole number of 9 or more, was 8.", () => Recipes.ResNet(8));
        Refused.With<ArgumentOutOfRangeException>("batchSize must be a whole number of 1 or more, was 0.", () => Recipes.ResNet(90, batchSize: 0));
        Refused.With<ArgumentOutOfRangeException>("batchSize must be 131072 or less, was 131073.", () => Recipes.BertLargeBatch(100, batchSize: 131_073));
        Refused.With<ArgumentOutOfRangeException>("learningRate must be 0 or more, and finite, was NaN.", () => Recipes.ResNet(90, learningRate: double.NaN));
        Refused.With<ArgumentOutOfRangeException>("weightDecay must be 0 or more, and finite, was -1.", () => Recipes.GptPreTraining(90, weightDecay: -1));
        Refused.With<ArgumentOutOfRangeException>("MaxNorm must be more than 0, and finite, was 0.", () => Recipes.Recurrent(maxNorm: 0));
        Refused.With<ArgumentOutOfRangeException>("HistorySize must be a whole number of 1 or more, was 0.", () => Recipes.Calibration(historySize: 0));
    }

    /// <summary>What DeepMind's NeuralQLearner does with a gradient.</summary>
    [Fact]
    public void Deep_q_learning_is_its_authors_loop()
    {
        double p = 1, mean = 0, square = 0;
        var state = Optimizer.Init(Recipes.DeepQ(), TensorSet.OfArray([p]));
        for (int i = 0; i < 25; i++)
        {
            double gradient = Math.Sin(i) + (i % 7 == 0 ? 3 : 0);
            mean = (0.95 * mean) + (0.05 * gradient);
            square = (0.95 * square) + (0.05 * gradient * gradient);
            p -= 0.00025 * gradient / Math.Sqrt(square - (mean * mean) + 0.01);
            (state, _) = Optimizer.Step(state, TensorSet.OfArray([gradient]));
            Assert.Equal(p, state.Parameters.Span[0], 1e-14);
        }
    }

    [Fact]
    public void Every_entry_says_what_it_is_for_and_who_says_so() => Assert.All(RecipeRegistry.All, entry =>
    {
        Assert.Matches("(19|20)[0-9]{2}", entry.Source);
        Assert.EndsWith(".", entry.Purpose, StringComparison.Ordinal);
        Assert.Equal("rule", entry.Settings[0].Name);
        Assert.All(entry.Settings, setting => Assert.Matches("(19|20)[0-9]{2}|our choice|OpenAI Baselines|PyTorch", setting.Source));
        Assert.Equal(entry.UsualSteps is null, entry.UsualRun.Length == 0);
        Assert.Contains(typeof(Recipes).GetMethods(), method => method.Name == entry.Method);
        Assert.Same(entry, RecipeRegistry.Find(entry.Name));
    });

    [Fact]
    public void Every_recipe_has_an_entry() => Assert.Equal(
        typeof(Recipes).GetMethods().Where(method => method.ReturnType == typeof(Rule)).Select(method => method.Name).Distinct().Order(),
        RecipeRegistry.All.Select(entry => entry.Method).Order());

    /// <summary>The gradient of the mean over the elements: as flat as those of the models that the recipes are for.</summary>
    private static TensorSet<double> Mean(TensorSet<double> p) => Bowl.Objective(p).Item2.Scale(1.0 / p.Layout.Length);
}
