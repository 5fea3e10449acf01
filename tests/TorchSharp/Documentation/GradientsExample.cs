using Optim;
using Optim.TorchSharp;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using AdamW = Optim.AdamW;
using Tensor = TorchSharp.torch.Tensor;

namespace BridgeTests.Documentation;

/// <summary>The C# of docs/gradients.md and docs/from-torchsharp.md, word for word.</summary>
internal static class GradientsExample
{
    private static readonly Tensor X, Y;

    static GradientsExample()
    {
        manual_seed(1);
        X = randn(64, 8);
        Y = X.sum(1).gt(0).to(ScalarType.Int64);
    }

    private static IEnumerable<(Tensor X, Tensor Y)> Batches => Enumerable.Range(0, 100).Select(_ => (X, Y));

    public static double Loop()
    {
        manual_seed(1);
        var x = randn(256, 8);
        var y = x.sum(1).gt(0).to(ScalarType.Int64);
        var model = Sequential(("hidden", Linear(8, 16)), ("tanh", Tanh()), ("head", Linear(16, 2)));
        using var optimizer = TorchOptimizer.For(model, new AdamW { LearningRate = Schedule.WarmupCosine(3e-2, 10, 100) }.NoDecayOn("*.bias"));
        for (int step = 0; step < 100; step++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            var loss = functional.cross_entropy(model.call(x), y);
            loss.backward();
            optimizer.step();
        }

        var right = model.call(x).argmax(1).eq(y).to(ScalarType.Float32).mean();
        Console.WriteLine($"{optimizer.step_count} steps, {right.item<float>():P0} right");

        return right.item<float>();
    }

    public static double Fold()
    {
        var model = Sequential(("hidden", Linear(8, 16)), ("tanh", Tanh()), ("head", Linear(16, 2)));
        var objective = TorchObjective.Of(model, ((Tensor X, Tensor Y) batch) => functional.cross_entropy(model.call(batch.X), batch.Y));

        var state = Optimizer.Init(new AdamW { LearningRate = 1e-2 }, objective.Parameters());
        foreach (var batch in Batches)
        {
            var (loss, gradient) = objective.At(batch)(state.Parameters);
            (state, _) = Optimizer.Step(state, gradient, loss);
        }

        TorchParameters.Write(model, state.EvaluationParameters);
        return functional.cross_entropy(model.call(X), Y).item<float>();
    }

    public static GradientCheck Check()
    {
        var model = Sequential(("hidden", Linear(8, 4)), ("tanh", Tanh()), ("head", Linear(4, 2))).to(ScalarType.Float64);
        var objective = TorchObjective.InDouble(model, () => functional.cross_entropy(model.call(X.to(ScalarType.Float64)), Y));
        var check = GradientCheck.Of(objective, TorchParameters.Read<double>(model));

        var fitted = Optimizer.Minimize(new Lbfgs(), TorchParameters.Read<double>(model), objective);
        return fitted.Loss < 1 ? check : throw new InvalidOperationException(fitted.ToString());
    }

    public static void Closures(nn.Module<Tensor, Tensor> model, Tensor x, Tensor y)
    {
        using var optimizer = TorchOptimizer.For(model, new Sam(new Sgd { LearningRate = 0.05, Momentum = 0.9 }));
        var loss = optimizer.step(() =>
        {
            optimizer.zero_grad();
            var loss = functional.cross_entropy(model.call(x), y);
            loss.backward();
            return loss;
        });
    }

    public static void Groups(nn.Module<Tensor, Tensor> model)
    {
        using var optimizer = TorchOptimizer.For(model, new Partition(
            new ParameterGroup(TensorSelector.Named("head.*"), new AdamW { LearningRate = 1e-3 }),
            new ParameterGroup(TensorSelector.All, new Muon { LearningRate = 0.02, Fallback = new AdamW { LearningRate = 1e-3 } })));

        var scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, 100);
        scheduler.step();
        optimizer.ParamGroups.First().LearningRate = 1e-4;
        optimizer.adjust("group[1].LearningRate", Schedule.Cosine(0.02, 1000));
    }

    public static void Files(nn.Module<Tensor, Tensor> model, string folder)
    {
        using var optimizer = TorchOptimizer.For(model, new ParameterEma(new AdamW { LearningRate = 1e-3 }));
        string file = Path.Combine(folder, "run.safetensors");

        optimizer.save_state_dict(file);
        optimizer.load_state_dict(file);

        optimizer.save_state_dict(file, as_torch: true);
        optimizer.load_torch_state_dict(file);

        double accuracy = optimizer.evaluate(() => model.call(X).argmax(1).eq(Y).to(ScalarType.Float32).mean().item<float>());
    }

    public static void HalfPrecision(Tensor x, Tensor y)
    {
        var model = Sequential(("hidden", Linear(8, 16)), ("tanh", Tanh()), ("head", Linear(16, 2))).to(ScalarType.BFloat16);
        using var optimizer = TorchOptimizer.For(model, new DynamicLossScaling(new AdamW { LearningRate = 1e-3 }));
        optimizer.zero_grad();
        var loss = functional.cross_entropy(model.call(x.to(ScalarType.BFloat16)).to(ScalarType.Float32), y);
        optimizer.scale(loss).backward();
        optimizer.step();
    }

    public static void Frozen(nn.Module<Tensor, Tensor> trunk, nn.Module<Tensor, Tensor> head)
    {
        foreach (var parameter in trunk.parameters())
        {
            parameter.requires_grad = false;
        }

        using var optimizer = TorchOptimizer.For(Sequential(("trunk", trunk), ("head", head)), new AdamW());
        foreach (var parameter in trunk.parameters())
        {
            parameter.requires_grad = true;
        }

        var extra = Linear(2, 2);
        optimizer.add_param_group(extra.named_parameters(), new Lion { LearningRate = 1e-4 });
    }

    public static Tuple<OptimizerState<float>, TensorSet<float>> LeftOut(OptimizerState<float> state, TensorSet<float> gradient) =>
        Optimizer.StepWithout(state, gradient, ["head.weight", "head.bias"]);

    public static void All(string folder)
    {
        var model = Sequential(("hidden", Linear(8, 16)), ("tanh", Tanh()), ("head", Linear(16, 2)));
        Closures(model, X, Y);
        Groups(model);
        Files(model, folder);
        HalfPrecision(X, Y);
        Frozen(Linear(8, 16), Linear(16, 2));
        var values = TorchParameters.Read<float>(model);
        LeftOut(Optimizer.Init(new AdamW(), values), values);
    }
}
