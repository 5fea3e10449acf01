using BridgeTests.Checking;
using Optim;
using Optim.TorchSharp;
using TorchSharp;
using Xunit;
using Xunit.Abstractions;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using TorchModule = TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>;
using TorchParameter = TorchSharp.Modules.Parameter;

namespace BridgeTests;

/// <summary>What a parameter and its gradient may be: types, strides, sparse, shared.</summary>
public class TensorKindsTests(ITestOutputHelper output)
{
    [TorchTheory]
    [InlineData(ScalarType.BFloat16, 0)]
    [InlineData(ScalarType.Float16, 0)]
    [InlineData(ScalarType.Float32, 4)]
    [InlineData(ScalarType.Float64, 4)]
    public void Every_floating_point_type_trains(ScalarType type, int inPlace)
    {
        using var model = Given.Mlp();
        model.to(type);
        using var optimizer = TorchOptimizer.For(model, new AdamW { LearningRate = 3e-3 });
        Given.Fit(model, optimizer, 60, type: type);
        double loss = Given.LossOf(model, type);
        output.WriteLine(FormattableString.Invariant($"{type}: loss {loss:0.000}"));
        Assert.True(loss < 1, FormattableString.Invariant($"{loss}"));
        Assert.Equal(inPlace, optimizer.in_place_count);
        Assert.Equal(type == ScalarType.Float64, Record.Exception(() => optimizer.state<float>()) is InvalidOperationException);
    }

    [TorchFact]
    public void Masters_keep_the_small_updates_that_bfloat16_loses()
    {
        using var model = Given.Mlp();
        model.to(ScalarType.BFloat16);
        using var ours = TorchOptimizer.For(model, new AdamW { LearningRate = 1e-4, WeightDecay = 0 });
        Given.Fit(model, ours, 300, type: ScalarType.BFloat16);
        using var same = Given.Mlp();
        same.to(ScalarType.BFloat16);
        using var theirs = optim.AdamW(same.parameters(), 1e-4);
        Given.Fit(same, theirs, 300, type: ScalarType.BFloat16);
        using var exact = Given.Mlp();
        using var single = optim.AdamW(exact.parameters(), 1e-4);
        Given.Fit(exact, single, 300);
        var (masters, lost, full) = (Given.LossOf(model, ScalarType.BFloat16), Given.LossOf(same, ScalarType.BFloat16), Given.LossOf(exact));
        output.WriteLine(FormattableString.Invariant($"with masters {masters:0.000}, TorchSharp's AdamW in bfloat16 {lost:0.000}, in float32 {full:0.000}"));
        Assert.True(Math.Abs(masters - full) < Math.Abs(lost - full));
    }

    [TorchFact]
    public void What_the_application_writes_into_a_bfloat16_module_counts()
    {
        using var model = Given.Mlp();
        model.to(ScalarType.BFloat16);
        using var optimizer = TorchOptimizer.For(model, new Sgd { LearningRate = 1e-3 });
        Given.Fit(model, optimizer, 3, type: ScalarType.BFloat16);
        using (no_grad())
        {
            Given.Named(model, "head.bias").fill_(2);
        }

        // The others keep what they have beyond bfloat16.
        var before = optimizer.state<float>().Parameters;
        Assert.All(before["head.bias"].ToArray(), value => Assert.Equal(2, value));
        using var rounded = tensor(before["head.weight"].ToArray()).to(ScalarType.BFloat16).to(ScalarType.Float32);
        Assert.NotEqual(before["head.weight"].ToArray(), Given.Values(rounded));
        Assert.Equal(Given.Values(Given.Named(model, "head.weight")), Given.Values(rounded));
    }

    [TorchFact]
    public void A_parameter_that_is_not_contiguous_is_copied_to_and_fro()
    {
        using var model = Given.Cnn();
        var convolution = (TorchSharp.Modules.Conv2d)model.named_modules().First(m => m.name == "conv2").module;
        using (no_grad())
        {
            // Channels last: the same values, other strides.
            convolution.weight = new TorchParameter(convolution.weight!.detach().permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2));
        }

        Assert.False(Given.Named(model, "conv2.weight").is_contiguous());
        using var optimizer = TorchOptimizer.For(model, new AdamW { LearningRate = 3e-3 });
        Given.Fit(model, optimizer, 40);
        using var plain = Given.Cnn();
        using var reference = TorchOptimizer.For(plain, new AdamW { LearningRate = 3e-3 });
        Given.Fit(plain, reference, 40);
        Assert.Equal((5, 6), (optimizer.in_place_count, reference.in_place_count));
        Assert.True(Given.Difference(model, plain) < 1e-3);
    }

    [TorchFact]
    public void A_gradient_of_other_strides_is_read_as_it_is_meant()
    {
        using var layer = Linear(3, 2, hasBias: false);
        using var optimizer = TorchOptimizer.For(layer, new Sgd { LearningRate = 1 });
        float[] before = Given.Values(layer.weight!);
        using var turned = arange(6, ScalarType.Float32).view(3, 2).t();
        layer.weight!.grad = turned;
        Assert.False(layer.weight.grad!.is_contiguous());
        optimizer.step();
        Assert.Equal(before.Zip([0f, 2, 4, 1, 3, 5], (value, gradient) => value - gradient), Given.Values(layer.weight));
    }

    [TorchFact]
    public void A_sparse_gradient_is_made_dense()
    {
        using var table = Embedding(50, 8, sparse: true);
        using var optimizer = TorchOptimizer.For(table, new Sgd { LearningRate = 1 });
        using var before = table.weight!.detach().clone();
        table.call(tensor(new long[] { 3, 3, 7 })).sum().backward();
        Assert.True(table.weight.grad!.is_sparse);
        optimizer.step();
        using var moved = (before - table.weight).sum(1).detach();
        Assert.Equal([16f, 8f, 24f], [moved[3].item<float>(), moved[7].item<float>(), moved.sum().item<float>()]);
    }

    [TorchFact]
    public void Scalars_and_empty_parameters_are_parameters()
    {
        (string, TorchParameter)[] parameters = [("scale", new(tensor(2f))), ("none", new(zeros(0, 3)))];
        using var optimizer = TorchOptimizer.For(parameters, new Sgd { LearningRate = 0.5 });
        (parameters[0].Item2 * parameters[0].Item2).backward();
        optimizer.step();
        Assert.Equal(0f, parameters[0].Item2.item<float>());
    }

    [TorchFact]
    public void A_parameter_of_integers_is_refused()
    {
        string message = Assert.Throws<ArgumentException>(() => TorchOptimizer.For([("n", new TorchParameter(ones(3, ScalarType.Int64), false))], new Sgd(), new() { Tensors = TensorSelector.All })).Message;
        Assert.Contains("Parameter 'n' must have elements of a floating-point type, was Int64.", message, StringComparison.Ordinal);
    }

    [TorchFact]
    public void Tied_parameters_are_one_and_aliases_of_its_memory_are_refused()
    {
        using var first = Linear(4, 4, hasBias: false);
        using var second = Linear(4, 4, hasBias: false);
        second.weight = first.weight;
        using TorchModule tied = Sequential(("first", first), ("second", second));
        using var optimizer = TorchOptimizer.For(tied, new Sgd { LearningRate = 1 });
        Assert.Equal(["first.weight"], optimizer.state<float>().Parameters.Layout.Select(shape => shape.Name));
        float[] before = Given.Values(first.weight!);
        tied.call(ones(1, 4)).sum().backward();
        float[] gradient = Given.Values(first.weight!.grad!);
        optimizer.step();
        Assert.Equal(before.Zip(gradient, (value, g) => value - g), Given.Values(second.weight!));

        var alias = new TorchParameter(first.weight!.detach());
        string message = Assert.Throws<ArgumentException>(() => TorchOptimizer.For([("a", first.weight), ("b", alias)], new Sgd())).Message;
        Assert.Contains("Parameters must not share memory; 'a' and 'b' do.", message, StringComparison.Ordinal);
        var tail = new TorchParameter(first.weight.detach().view(-1)[8..]);
        Assert.Throws<ArgumentException>(() => TorchOptimizer.For([("a", first.weight), ("b", tail)], new Sgd()));
        var (head, rest) = (new TorchParameter(first.weight.detach().view(-1)[..8]), tail);
        using var beside = TorchOptimizer.For([("a", head), ("b", rest)], new Sgd());
        Assert.Equal(2, beside.in_place_count);
    }

    [TorchFact]
    public void A_backward_pass_over_a_graph_from_before_the_step_fails()
    {
        using var model = Given.Mlp();
        using var optimizer = TorchOptimizer.For(model, new Sgd());
        using var loss = Given.Loss(model);
        loss.backward(retain_graph: true);
        optimizer.step();
        string message = Record.Exception(() => loss.backward())!.Message;
        Assert.Contains("modified by an inplace operation", message, StringComparison.Ordinal);
    }

    [TorchFact]
    public void A_gradient_that_is_not_finite_is_skipped_by_a_guard()
    {
        using var model = Given.Cnn();
        using var optimizer = TorchOptimizer.For(model, new ApplyIfFinite(new AdamW { LearningRate = 3e-3 }));
        Given.Fit(model, optimizer, 3);
        using var before = model.parameters().First().detach().clone();
        using (no_grad())
        {
            model.parameters().First().grad!.fill_(float.NaN);
        }

        Assert.Equal(double.NaN, optimizer.grad_norm());
        optimizer.step();
        Assert.True(before.eq(model.parameters().First()).all().item<bool>());
    }

    [TorchFact]
    public void Dynamic_loss_scaling_finds_a_scale_and_cancels()
    {
        using var plain = Given.Mlp();
        using var scaled = Given.Mlp();
        var adam = new AdamW { LearningRate = 3e-3, WeightDecay = 0 };
        using var reference = TorchOptimizer.For(plain, adam);
        using var optimizer = TorchOptimizer.For(scaled, new DynamicLossScaling(adam) { GrowthInterval = 4 });
        Assert.Equal(65536, optimizer.loss_scale);
        foreach (var (x, y) in Digits.All.Batches(32, 1).Take(6))
        {
            using var scope = NewDisposeScope();
            reference.zero_grad();
            Given.Loss(plain, x, y).backward();
            reference.step();
            optimizer.zero_grad();
            optimizer.scale(Given.Loss(scaled, x, y)).backward();
            optimizer.step();
        }

        Assert.Equal(131072, optimizer.loss_scale);
        Assert.Equal(0, Given.Difference(plain, scaled));

        // An overflow halves it, and the step is not taken.
        using var before = scaled.parameters().First().detach().clone();
        using (no_grad())
        {
            scaled.parameters().First().grad!.fill_(float.PositiveInfinity);
        }

        optimizer.step();
        Assert.Equal(65536, optimizer.loss_scale);
        Assert.True(before.eq(scaled.parameters().First()).all().item<bool>());
        Assert.Throws<KeyNotFoundException>(() => reference.loss_scale);
    }
}
