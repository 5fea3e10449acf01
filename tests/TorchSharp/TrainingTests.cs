using BridgeTests.Checking;
using Optim.TorchSharp;
using Optim;
using TorchSharp;
using Xunit.Abstractions;
using Xunit;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace BridgeTests;

/// <summary>Any rule trains a module: with <c>backward()</c> and <c>step()</c>, or on closures.</summary>
public class TrainingTests(ITestOutputHelper output)
{
    private static readonly Dictionary<string, (Rule Rule, bool OnClosure)> Rules = new()
    {
        ["AdamW"] = (new AdamW { LearningRate = 3e-3 }, false),
        ["Lion"] = (new Lion { LearningRate = 1e-3, WeightDecay = 0.1 }, false),
        ["Muon, the head and vectors by AdamW"] = (new Partition(
            new ParameterGroup(TensorSelector.Named("head.*"), new AdamW { LearningRate = 3e-3 }),
            new ParameterGroup(TensorSelector.All, new Muon { LearningRate = 0.02, WeightDecay = 0, Fallback = new AdamW { LearningRate = 3e-3 } })), false),
        ["Lookahead(AdamW)"] = (new Lookahead(new AdamW { LearningRate = 3e-3 }), false),
        ["Sam(Sgd)"] = (new Sam(new Sgd { LearningRate = 0.05, Momentum = 0.9 }), true),
        ["ScheduleFreeAdamW"] = (new ScheduleFreeAdamW { LearningRate = 3e-3 }, false),
        ["clip, warmup and cosine, no decay on biases"] = (new ClipByGlobalNorm(1).Then(new AdamW { LearningRate = Schedule.WarmupCosine(5e-3, 10, 220), WeightDecay = 0.1 }.NoDecayOn("*.bias")), false),
        ["Prodigy"] = (new Prodigy(), false),
        ["Soap"] = (new Soap { LearningRate = 3e-3 }, false),
    };

    public static TheoryData<string> Names => [.. Rules.Keys];

    [TorchTheory]
    [MemberData(nameof(Names))]
    public void A_rule_trains_a_CNN_where_its_parameters_lie(string name)
    {
        var (rule, onClosure) = Rules[name];
        using var model = Given.Cnn();
        using var optimizer = TorchOptimizer.For(model, rule);
        double first = double.NaN, last = double.NaN;
        foreach (var (x, y) in Digits.All.Batches(32, 5))
        {
            using var scope = NewDisposeScope();
            Tensor Loss()
            {
                optimizer.zero_grad();
                var value = Given.Loss(model, x, y);
                value.backward();
                return value;
            }

            Tensor loss;
            if (onClosure)
            {
                loss = optimizer.step(Loss);
            }
            else
            {
                loss = Loss();
                optimizer.step();
            }

            last = loss.item<float>();
            first = double.IsNaN(first) ? last : first;
        }

        double accuracy = optimizer.evaluate(() => Digits.All.Accuracy(model));
        output.WriteLine(FormattableString.Invariant($"{name}: loss {first:0.000} -> {last:0.000}, held out {accuracy:P1}, {optimizer.step_count} steps"));
        Assert.Equal(6, optimizer.in_place_count);
        Assert.Equal(220, optimizer.step_count);
        Assert.True(accuracy > 0.85, FormattableString.Invariant($"held out: {accuracy:P1}"));
    }

    [TorchFact]
    public void L_BFGS_evaluates_closures_where_it_needs_to()
    {
        using var model = Given.Mlp();
        using var optimizer = TorchOptimizer.For(model, new Lbfgs());
        int evaluations = 0;
        double loss = double.NaN;
        for (int i = 0; i < 30; i++)
        {
            using var scope = NewDisposeScope();
            loss = optimizer.step(() =>
            {
                evaluations++;
                optimizer.zero_grad();
                var value = Given.Loss(model, Digits.All.X, Digits.All.Y);
                value.backward();
                return value;
            }).item<float>();
        }

        output.WriteLine(FormattableString.Invariant($"loss {loss:0.0000}, {evaluations} evaluations, held out {Digits.All.Accuracy(model):P1}"));
        Assert.True(loss < 0.02, FormattableString.Invariant($"loss {loss}"));
        Assert.True(evaluations >= 30);
    }

    [TorchFact]
    public void A_closure_that_throws_leaves_the_module_as_it_was()
    {
        using var model = Given.Mlp();
        using var optimizer = TorchOptimizer.For(model, new Sam(new Sgd { LearningRate = 0.05 }));
        float[] before = Given.Values(Given.Named(model, "hidden.weight"));
        int calls = 0;
        Assert.Throws<InvalidTimeZoneException>(() => optimizer.step(() =>
        {
            if (++calls == 2)
            {
                // At the trial point the module has other values.
                Assert.NotEqual(before, Given.Values(Given.Named(model, "hidden.weight")));
                throw new InvalidTimeZoneException();
            }

            optimizer.zero_grad();
            var loss = Given.Loss(model);
            loss.backward();
            return loss;
        }));
        Assert.Equal(before, Given.Values(Given.Named(model, "hidden.weight")));
        Assert.Equal(0, optimizer.step_count);
        string message = Assert.Throws<InvalidOperationException>(() => optimizer.step(() =>
        {
            optimizer.zero_grad();
            return Given.Loss(model);
        })).Message;
        Assert.Equal("The closure must compute the gradients, by loss.backward(); no parameter has one.", message);
    }

    [TorchFact]
    public void The_loss_reaches_schedules_that_watch_it()
    {
        using var model = Given.Mlp();
        using var optimizer = TorchOptimizer.For(model, new AdamW { LearningRate = Schedule.ReduceOnPlateau(1e-3, factor: 0.5, patience: 0) });
        for (int i = 0; i < 4; i++)
        {
            optimizer.zero_grad();
            using var loss = Given.Loss(model);
            loss.backward();
            optimizer.step(1.0);
        }

        Assert.True(optimizer.hyperparameters["LearningRate"] < 1e-3);
        Assert.Throws<ArgumentException>(() => TorchOptimizer.For(model, new Sam(new Sgd())).step());
    }

    [TorchFact]
    public void The_bits_do_not_depend_on_the_number_of_threads()
    {
        using var one = Given.Cnn();
        using var other = Given.Cnn();
        using var single = TorchOptimizer.For(one, new AdamW(), new() { MaxThreads = 1 });
        using var several = TorchOptimizer.For(other, new AdamW(), new() { MaxThreads = 5 });
        Assert.Equal(5, several.max_threads);
        Given.Fit(one, single, 10);
        Given.Fit(other, several, 10);
        Assert.Equal(single.state<float>(), several.state<float>());
    }

    [TorchFact]
    public void Gradients_that_are_gathered_step_at_once_or_when_flushed()
    {
        var weight = new TorchSharp.Modules.Parameter(tensor(new[] { 4f, 8f }));
        using var optimizer = TorchOptimizer.For([("w", weight)], new Accumulate(new Sgd { LearningRate = 1 }, 4));
        foreach (float slope in new[] { 1f, 3f })
        {
            optimizer.zero_grad();
            (weight * slope).sum().backward();
            optimizer.step();
            Assert.Equal([4f, 8f], Given.Values(weight));
        }

        optimizer.flush();
        Assert.Equal([2f, 6f], Given.Values(weight));
        optimizer.flush();
        Assert.Equal([2f, 6f], Given.Values(weight));
    }
}
