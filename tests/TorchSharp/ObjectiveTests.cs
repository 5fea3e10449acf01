using BridgeTests.Checking;
using Optim;
using Optim.TorchSharp;
using Optim.Tuning;
using TorchSharp;
using Xunit;
using Xunit.Abstractions;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Tensor = TorchSharp.torch.Tensor;
using TorchModule = TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>;

namespace BridgeTests;

/// <summary>A module's loss and gradient as a function of its parameters: for folds, and whatever takes an objective.</summary>
public class ObjectiveTests(ITestOutputHelper output)
{
    public static TheoryData<string> Rules => ["adamw", "lion", "muon", "sgd"];

    [TorchTheory]
    [MemberData(nameof(Rules))]
    public void A_fold_has_the_bits_of_the_optimizer_in_place(string name)
    {
        var rule = RuleRegistry.Find(name)!.Create();
        using var model = Given.Cnn();
        var objective = TorchObjective.Of(model, ((Tensor X, Tensor Y) batch) => Given.Loss(model, batch.X, batch.Y));
        var state = Optimizer.Init(rule, objective.Parameters());
        foreach (var batch in Digits.All.Batches(32, 20).Take(30))
        {
            var (_, gradient) = objective.At(batch)(state.Parameters);
            (state, _) = Optimizer.Step(state.Donate(), gradient);
        }

        using var other = Given.Cnn();
        using var optimizer = TorchOptimizer.For(other, rule);
        Given.Fit(other, optimizer, 30);
        Assert.Equal(state, optimizer.state<float>());
    }

    [TorchFact]
    public void SAM_on_the_objective_has_the_bits_of_closures()
    {
        var rule = new Sam(new Sgd { LearningRate = 0.05, Momentum = 0.9 });
        using var model = Given.Mlp();
        var objective = TorchObjective.Of(model, ((Tensor X, Tensor Y) batch) => Given.Loss(model, batch.X, batch.Y));
        var state = Optimizer.Init(rule, objective.Parameters());
        using var other = Given.Mlp();
        using var optimizer = TorchOptimizer.For(other, rule);
        foreach (var (x, y) in Digits.All.Batches(32, 1).Take(10))
        {
            (state, _) = Optimizer.StepOn(state, objective.At((x, y)));
            optimizer.step(() =>
            {
                optimizer.zero_grad();
                var loss = Given.Loss(other, x, y);
                loss.backward();
                return loss;
            });
        }

        Assert.Equal(state, optimizer.state<float>());
    }

    [TorchFact]
    public void Autograd_passes_the_gradient_check_which_asks_on_several_threads()
    {
        using var model = Small();
        var objective = TorchObjective.InDouble(model, () => Loss(model, 8));
        var check = GradientCheck.Of(objective, TorchParameters.Read<double>(model));
        output.WriteLine(check.ToString());
        Assert.Equal(GradientVerdict.Right, check.Verdict);
    }

    [TorchFact]
    public void L_BFGS_minimizes_it()
    {
        using var model = Small();
        var best = Optimizer.Minimize(new Lbfgs(), TorchParameters.Read<double>(model), TorchObjective.InDouble(model, () => Loss(model, 200)), new() { MaxSteps = 40 });
        output.WriteLine(FormattableString.Invariant($"{best.Reason}, loss {best.Loss:0.0000}"));
        Assert.True(best.Loss < 0.05, FormattableString.Invariant($"{best.Loss}"));
        TorchParameters.Write(model, best.State.Parameters);
        Assert.Equal(best.Loss, Loss(model, 200).item<double>(), 1e-12);
    }

    [TorchFact]
    public void The_learning_rate_finder_takes_it()
    {
        using var model = Given.Mlp();
        var objective = TorchObjective.Of(model, ((Tensor X, Tensor Y) batch) => Given.Loss(model, batch.X, batch.Y));
        var batches = Digits.All.Batches(32, 3).Select(batch => (X: batch.X.clone(), Y: batch.Y.clone())).ToList();
        var found = LearningRateFinder.Run(new AdamW(), objective.Parameters(), (step, at) => objective.At(batches[step % batches.Count])(at));
        output.WriteLine(found.ToString());
        Assert.InRange(found.Suggestion ?? double.NaN, 1e-4, 1);
    }

    [TorchFact]
    public void It_is_a_function_of_its_parameters_alone()
    {
        using var model = Given.Mlp();
        var objective = TorchObjective.Of(model, () => Given.Loss(model));
        var start = TorchParameters.Read<float>(model);
        var (loss, gradient) = objective(start);
        var elsewhere = objective(start.Scale(0.5f));
        Assert.NotEqual(loss, elsewhere.Item1);
        Assert.Equal(Tuple.Create(loss, gradient), objective(start));
        Assert.Equal(start, TorchParameters.Read<float>(model));

        // A parameter that takes no part has a gradient of 0.
        var (trunk, a, _, all) = Given.TwoHeads();
        var one = TorchObjective.Of(all, () => Given.Loss(Sequential(trunk, a)));
        Assert.All(one(TorchParameters.Read<float>(all)).Item2["b.weight"].ToArray(), value => Assert.Equal(0, value));
        string message = Assert.Throws<ArgumentException>(() => one(start)).Message;
        Assert.StartsWith("The parameters must have the module's layout", message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => TorchParameters.Write(all, start));
    }

    [TorchFact]
    public void A_module_in_bfloat16_is_read_and_written_in_float()
    {
        using var model = Given.Mlp();
        model.to(ScalarType.BFloat16);
        var objective = TorchObjective.Of(model, () => functional.cross_entropy(model.call(Digits.All.X[..32].to(ScalarType.BFloat16)).to(ScalarType.Float32), Digits.All.Y[..32]));
        var (loss, gradient) = objective(TorchParameters.Read<float>(model));
        Assert.True(loss > 1 && gradient.Norm(2) > 0.01);
    }

    private static TorchModule Small()
    {
        _ = Digits.All;
        manual_seed(5);
        TorchModule model = Sequential(("flat", Flatten()), ("hidden", Linear(64, 12)), ("tanh", Tanh()), ("head", Linear(12, 10)));
        return model.to(ScalarType.Float64);
    }

    private static Tensor Loss(TorchModule model, int count) => functional.cross_entropy(model.call(Digits.All.X[..count].to(ScalarType.Float64)), Digits.All.Y[..count]);
}
